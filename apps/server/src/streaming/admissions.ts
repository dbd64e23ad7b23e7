import type { IncomingMessage } from 'node:http';
import type { Handshake } from '@ballast/protocol';
import { type Admission, type RefusedAdmission, type RelayAdmission, viewOf } from '@ballast/streaming';
import proxyAddr from '@fastify/proxy-addr';
import { Inject, Injectable } from '@nestjs/common';
import { Doorkeeper, type SdkIdentity, SdkKeys } from '../access/index.js';
import { Refusal } from '../errors.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { SnapshotKeeper } from '../snapshots/index.js';

const WRONG_KIND: RefusedAdmission = { status: 403, code: 'auth.wrong_kind' };

/** Decides who may open a stream. */
@Injectable()
export class Admissions {
  private readonly isTrusted: (address: string, hop: number) => boolean;

  constructor(
    private readonly keys: SdkKeys,
    private readonly keeper: SnapshotKeeper,
    private readonly doorkeeper: Doorkeeper,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.isTrusted = proxyAddr.compile([...settings.trustedProxies]);
  }

  /** Whether an SDK may; the key of a relay opens nothing here. */
  async admit(handshake: Handshake, request: IncomingMessage): Promise<Admission | RefusedAdmission> {
    const identity = await this.identify(handshake, request);
    if ('status' in identity) return identity;
    return identity.kind === 'relay' ? WRONG_KIND : this.enter(identity);
  }

  /** Whether a relay may. */
  async admitRelay(handshake: Handshake, request: IncomingMessage): Promise<RelayAdmission | RefusedAdmission> {
    const identity = await this.identify(handshake, request);
    if ('status' in identity) return identity;
    return identity.kind === 'relay' ? this.enter(identity) : WRONG_KIND;
  }

  private async identify({ key }: Handshake, request: IncomingMessage): Promise<SdkIdentity | RefusedAdmission> {
    try {
      const address = proxyAddr(request, this.isTrusted);
      return await this.doorkeeper.admit({ secret: key, address }, this.keys);
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status === 429 ? 429 : 401, code: error.code };
      throw error;
    }
  }

  private async enter(identity: SdkIdentity): Promise<Admission | RefusedAdmission> {
    const { environmentId, keyId } = identity;
    const view = viewOf(identity);
    if (this.keeper.head(environmentId, view) === undefined) await this.keeper.refresh(environmentId);
    if (this.keeper.head(environmentId, view) === undefined) return { status: 503, code: 'snapshot.loading' };
    return { environmentId, view, keyId };
  }
}
