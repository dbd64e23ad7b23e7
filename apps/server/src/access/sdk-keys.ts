import { type CreatedSdkKey, type CreateSdkKey, LIMITS, type RotatedSdkKey, type SdkKey, type SdkKeyKind } from '@ballast/api';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type AuditEntry, ChangeLedger, type Work, type WriteRequest, type WriteResult } from '../changes/index.js';
import { Clock } from '../clock.js';
import { Listener, type Transaction } from '../database/index.js';
import { refuse } from '../errors.js';
import { type Credential, hasExpired } from './credential-cache.js';
import { futureOf, listed, pageFrom } from './credential-listing.js';
import { CredentialLookup } from './credential-lookup.js';
import { CredentialsStore, type NewKey } from './credentials.store.js';
import { hashOf, newSecret, prefixOf } from './secrets.js';
import { keyView, kindOf } from './views.js';
import type { WriteBy } from './write-by.js';

/** A key is let in without being looked up again for so long while the database is away or overloaded: flags are served from memory then. */
const TRUST_MS = 3_600_000;

/** What an SDK key opens. */
export interface SdkIdentity {
  readonly keyId: string;
  readonly kind: SdkKeyKind;
  readonly environmentId: string;
  /** `project/environment`. */
  readonly environment: string;
}

interface KnownKey extends SdkIdentity, Credential {}

/** The environment that a key belongs to. */
export interface KeyPlace {
  readonly projectId: string;
  readonly environmentId: string;
}

/** Who rotates a key, and how long the old one still opens its environment. */
export interface Rotation {
  readonly by: WriteBy;
  readonly graceMs: number;
  /** When the new key ends; null: never; undefined: when the old one would have ended. */
  readonly expiresAt?: string | null | undefined;
}

/** Keys that SDKs and relays present: several are valid at once, so that one can take over from another. */
@Injectable()
export class SdkKeys implements OnModuleInit {
  private readonly lookup: CredentialLookup<KnownKey>;

  constructor(
    private readonly store: CredentialsStore,
    private readonly ledger: ChangeLedger,
    private readonly clock: Clock,
    private readonly listener: Listener,
  ) {
    const markUsed = (id: string, at: Date) => store.markKeyUsed(id, at);
    this.lookup = new CredentialLookup({ find: (hash) => this.find(hash), markUsed }, clock, TRUST_MS);
  }

  async onModuleInit(): Promise<void> {
    await this.listener.listen('ballast_key', (id) => this.lookup.forget(id));
  }

  /** Whether this secret was valid when it was looked up last, or is being looked up. */
  isHeld(secret: string): boolean {
    return this.lookup.isHeld(secret);
  }

  /** What a secret opens that was looked up a moment ago; null says nothing about others. */
  held(secret: string): SdkIdentity | null {
    return this.lookup.held(secret);
  }

  /** Ids of the keys that are let in still, if only while the database is away. */
  believed(): readonly string[] {
    return this.lookup.believed();
  }

  /** Lets a key in no more unless it is looked up and found. */
  forget(id: string): void {
    this.lookup.forget(id);
  }

  /** What a secret opens, or null when it opens nothing. */
  authenticate(secret: string): Promise<SdkIdentity | null> {
    return this.lookup.authenticate(secret);
  }

  async list(environmentId: string, query: { readonly limit: number; readonly cursor?: string | undefined }) {
    const rows = await this.store.listKeys(environmentId, pageFrom(query));
    return listed(rows, query.limit, keyView);
  }

  /** Creates a key and answers its secret, this once. */
  async create(place: KeyPlace, wanted: CreateSdkKey, by: WriteBy): Promise<WriteResult<CreatedSdkKey>> {
    const expiresAt = futureOf(wanted.expiresAt, this.clock.now());
    const secret = newSecret(wanted.kind);
    return this.ledger.write(requestFor(place, by), async ({ tx, at }) => {
      await this.refuseTooMany(tx, place);
      const { name, kind } = wanted;
      const key = { ...fresh(secret, by.actor.name, at), name, kind, expiresAt, environmentId: place.environmentId };
      const view = keyView(await this.store.createKey(tx, key));
      return done({ place, action: 'key.create', before: null, after: view }, { ...view, secret: by.dryRun ? null : secret });
    });
  }

  /** Creates a key that takes over from another, which ends after the grace period; answers the new secret, this once. */
  async rotate(place: KeyPlace, id: string, { by, graceMs, expiresAt: wanted }: Rotation): Promise<WriteResult<RotatedSdkKey>> {
    const chosen = futureOf(wanted ?? undefined, this.clock.now());
    const write = await this.ledger.write(requestFor(place, by), async ({ tx, at }) => {
      await this.refuseTooMany(tx, place);
      const old = (await this.store.findKey(tx, place.environmentId, id)) ?? refuse('key.not_found');
      if (old.revokedAt !== null || hasExpired(old, at.getTime())) refuse('key.ended');
      if (old.replacedBy !== null) refuse('key.replaced', { by: old.replacedBy });
      const secret = newSecret(kindOf(old));
      const { name, kind, environmentId } = old;
      const expiresAt = wanted === undefined ? old.expiresAt : chosen;
      const view = keyView(await this.store.createKey(tx, { ...fresh(secret, by.actor.name, at), name, kind, expiresAt, environmentId }));
      const endsAt = new Date(Math.min(at.getTime() + graceMs, old.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY));
      const replaces = keyView(await this.store.replaceKey(tx, { id, expiresAt: endsAt, replacedBy: view.id }));
      const created = lineOf({ place, action: 'key.create', before: null, after: view });
      const rotated = lineOf({ place, action: 'key.rotate', before: keyView(old), after: replaces });
      return { entries: new Map(), audit: [created, rotated], result: { ...view, secret: by.dryRun ? null : secret, replaces } };
    });
    if (!by.dryRun) this.lookup.forget(id);
    return write;
  }

  /** Ends a key at once: whoever is connected with it is sent away. */
  async revoke(place: KeyPlace, id: string, by: WriteBy): Promise<WriteResult<SdkKey>> {
    const write = await this.ledger.write(requestFor(place, by), async ({ tx, at }) => {
      const row = await this.store.findKey(tx, place.environmentId, id);
      if (!row) return refuse('key.not_found');
      const before = keyView(row);
      if (row.revokedAt) return { entries: new Map(), audit: [], result: before };
      const after = keyView(await this.store.revokeKey(tx, id, at));
      return done({ place, action: 'key.revoke', before, after }, after);
    });
    if (!by.dryRun) this.lookup.forget(id);
    return write;
  }

  /** Makes sure that a secret given from outside opens its environment; a secret that is known already is left as it is. */
  async ensure(given: {
    readonly name: string;
    readonly kind: SdkKeyKind;
    readonly environmentId: string;
    readonly secret: string;
  }): Promise<void> {
    const { secret, ...rest } = given;
    await this.store.ensureKey({ ...rest, ...fresh(secret, 'system', new Date(this.clock.now())), expiresAt: null });
  }

  private async refuseTooMany(tx: Transaction, { environmentId }: KeyPlace): Promise<void> {
    const { max } = LIMITS.keysPerEnvironment;
    if ((await this.store.countKeys(tx, environmentId)) >= max) refuse('limit.reached', { limit: 'keysPerEnvironment', max });
  }

  private async find(hash: Uint8Array<ArrayBuffer>): Promise<KnownKey | null> {
    const row = await this.store.keyByHash(hash);
    if (!row) return null;
    const { id, environmentId, expiresAt } = row;
    const environment = `${row.environment.project.key}/${row.environment.key}`;
    return { id, keyId: id, kind: kindOf(row), environmentId, environment, expiresAt };
  }
}

// The counter row is not locked: a key is no change that clients feel.
function requestFor(place: KeyPlace, by: WriteBy): WriteRequest {
  return { ...by, projectId: place.projectId, environmentIds: [] };
}

function fresh(secret: string, createdBy: string, createdAt: Date): Pick<NewKey, 'hash' | 'prefix' | 'createdBy' | 'createdAt'> {
  return { hash: hashOf(secret), prefix: prefixOf(secret), createdBy, createdAt };
}

interface KeyChange {
  readonly place: KeyPlace;
  readonly action: string;
  readonly before: SdkKey | null;
  readonly after: SdkKey;
}

function done<Result>(change: KeyChange, result: Result): Work<Result> {
  return { entries: new Map(), audit: [lineOf(change)], result };
}

function lineOf({ place, ...change }: KeyChange): AuditEntry {
  return { ...change, environmentId: place.environmentId, resourceKind: 'key', resourceKey: change.after.name };
}
