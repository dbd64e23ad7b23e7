import type { Handshake } from '@ballast/protocol';
import { type Admission, type RefusedAdmission, type RelayAdmission, viewOf } from '@ballast/streaming';
import type { KeyLookup } from './key-lookup.js';
import type { UpstreamSource } from './upstream-source.js';

/** Decides who may open a stream, by what upstream said of the keys. */
export class Admissions {
  readonly #keys: KeyLookup;
  readonly #source: UpstreamSource;

  constructor(keys: KeyLookup, source: UpstreamSource) {
    this.#keys = keys;
    this.#source = source;
  }

  /** Whether an SDK may; the key of a relay opens nothing here. */
  readonly admit = ({ key }: Handshake): Promise<Admission | RefusedAdmission> => this.#enter(key, false);

  /** Whether a relay may. */
  readonly admitRelay = ({ key }: Handshake): Promise<RelayAdmission | RefusedAdmission> => this.#enter(key, true);

  async #enter(secret: string, isRelay: boolean): Promise<Admission | RefusedAdmission> {
    const key = await this.#keys.find(secret);
    if ('status' in key) return key;
    if ((key.kind === 'relay') !== isRelay) return { status: 403, code: 'auth.wrong_kind' };
    return { environmentId: this.#source.environmentId, view: viewOf(key), keyId: key.id };
  }
}
