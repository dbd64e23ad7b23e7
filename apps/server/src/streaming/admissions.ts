import type { IncomingMessage } from 'node:http';
import type { Handshake, View } from '@ballast/protocol';
import type { Admission, RefusedAdmission } from '@ballast/streaming';
import proxyAddr from '@fastify/proxy-addr';
import { Inject, Injectable } from '@nestjs/common';
import { Doorkeeper, type SdkIdentity, SdkKeys } from '../access/index.js';
import { Refusal } from '../errors.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { SnapshotKeeper } from '../snapshots/index.js';

/** Which content a key of this kind sees. */
export function viewOf(identity: Pick<SdkIdentity, 'kind'>): View {
  return identity.kind === 'client' ? 'client' : 'server';
}

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

  async admit({ key }: Handshake, request: IncomingMessage): Promise<Admission | RefusedAdmission> {
    try {
      const address = proxyAddr(request, this.isTrusted);
      return await this.enter(await this.doorkeeper.admit({ secret: key, address }, this.keys));
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
