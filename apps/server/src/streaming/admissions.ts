import type { Handshake, View } from '@ballast/protocol';
import type { Admission, RefusedAdmission } from '@ballast/streaming';
import { Injectable } from '@nestjs/common';
import { type SdkIdentity, SdkKeys } from '../access/index.js';
import { SnapshotKeeper } from '../snapshots/index.js';

/** Which content a key of this kind sees. */
export function viewOf(identity: Pick<SdkIdentity, 'kind'>): View {
  return identity.kind === 'client' ? 'client' : 'server';
}

/** Decides who may open a stream. */
@Injectable()
export class Admissions {
  constructor(
    private readonly keys: SdkKeys,
    private readonly keeper: SnapshotKeeper,
  ) {}

  async admit({ key }: Handshake): Promise<Admission | RefusedAdmission> {
    const identity = await this.keys.authenticate(key);
    if (identity === null) return { status: 401, code: 'auth.invalid' };
    const { environmentId, keyId } = identity;
    const view = viewOf(identity);
    if (this.keeper.head(environmentId, view) === undefined) await this.keeper.refresh(environmentId);
    if (this.keeper.head(environmentId, view) === undefined) return { status: 503, code: 'snapshot.loading' };
    return { environmentId, view, keyId };
  }
}
