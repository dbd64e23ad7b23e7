import type { Handshake } from '@ballast/protocol';
import { type Admission, type RefusedAdmission, type RelayAdmission, viewOf } from '@ballast/streaming';
import type { KeyRing } from './key-ring.js';
import type { UpstreamSource } from './upstream-source.js';

/** Decides who may open a stream, by what upstream said of the keys. */
export class Admissions {
  readonly #ring: KeyRing;
  readonly #source: UpstreamSource;

  constructor(ring: KeyRing, source: UpstreamSource) {
    this.#ring = ring;
    this.#source = source;
  }

  /** Whether an SDK may; the key of a relay opens nothing here. */
  readonly admit = async ({ key }: Handshake): Promise<Admission | RefusedAdmission> => this.#enter(key, false);

  /** Whether a relay may. */
  readonly admitRelay = async ({ key }: Handshake): Promise<RelayAdmission | RefusedAdmission> => this.#enter(key, true);

  #enter(secret: string, isRelay: boolean): Admission | RefusedAdmission {
    if (!this.#source.isReady) return { status: 503, code: 'snapshot.loading' };
    const key = this.#ring.find(secret);
    if (key === null) return { status: 401, code: 'auth.invalid' };
    if ((key.kind === 'relay') !== isRelay) return { status: 403, code: 'auth.wrong_kind' };
    return { environmentId: this.#source.environmentId, view: viewOf(key), keyId: key.id };
  }
}
