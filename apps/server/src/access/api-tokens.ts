import { type ApiToken, type CreateApiToken, type CreatedApiToken, LIMITS } from '@ballast/api';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Actor, ChangeLedger, type Scope, type Work, type WriteRequest, type WriteResult } from '../changes/index.js';
import { Clock } from '../clock.js';
import { Listener } from '../database/index.js';
import { refuse } from '../errors.js';
import { notGrantable } from './can.js';
import { futureOf, listed, pageFrom } from './credential-listing.js';
import { CredentialLookup } from './credential-lookup.js';
import { CredentialsStore, type NewToken } from './credentials.store.js';
import { isLastAdmin } from './last-admin.js';
import { hashOf, newSecret, prefixOf } from './secrets.js';
import { scopesOf, tokenView } from './views.js';
import type { WriteBy } from './write-by.js';

interface KnownToken extends Actor {
  readonly id: string;
  readonly expiresAt: Date | null;
}

/** Tokens of the admin API: several are valid at once, each one's name is the actor in the audit. */
@Injectable()
export class ApiTokens implements OnModuleInit {
  private readonly lookup: CredentialLookup<KnownToken>;

  constructor(
    private readonly store: CredentialsStore,
    private readonly ledger: ChangeLedger,
    private readonly clock: Clock,
    private readonly listener: Listener,
  ) {
    const markUsed = (id: string, at: Date) => store.markTokenUsed(id, at);
    this.lookup = new CredentialLookup({ find: (hash) => this.find(hash), markUsed }, clock);
  }

  async onModuleInit(): Promise<void> {
    await this.listener.listen('ballast_key', (id) => this.lookup.forget(id));
  }

  /** Whether this secret was valid when it was looked up last, or is being looked up. */
  isHeld(secret: string): boolean {
    return this.lookup.isHeld(secret);
  }

  /** The actor behind a secret, or null when it opens nothing. */
  authenticate(secret: string): Promise<Actor | null> {
    return this.lookup.authenticate(secret);
  }

  async list(query: { readonly limit: number; readonly cursor?: string | undefined }) {
    const rows = await this.store.listTokens(pageFrom(query));
    return listed(rows, query.limit, tokenView);
  }

  /** Creates a token and answers its secret, this once. */
  async create(wanted: CreateApiToken, by: WriteBy): Promise<WriteResult<CreatedApiToken>> {
    const denied = notGrantable(by.actor, wanted.scopes);
    if (denied.length > 0) refuse('token.scope_denied', { scopes: denied.join(', ') });
    const expiresAt = futureOf(wanted.expiresAt, this.clock.now());
    const secret = newSecret('token');
    return this.ledger.write(request(by), async ({ tx, at }) => {
      const token = { ...fresh(secret, by.actor, at), name: wanted.name, scopes: [...new Set(wanted.scopes)], expiresAt };
      const { max } = LIMITS.tokens;
      if ((await this.store.countTokens(tx)) >= max) refuse('limit.reached', { limit: 'tokens', max });
      const row = await this.store.createToken(tx, token);
      const view = tokenView(row ?? refuse('token.name_taken', { name: wanted.name }));
      return done('token.create', null, view, { ...view, secret: by.dryRun ? null : secret });
    });
  }

  /** Ends a token at once; the last one that holds all power, and for as long, stays. */
  async revoke(id: string, by: WriteBy): Promise<WriteResult<ApiToken>> {
    const write = await this.ledger.write(request(by), async ({ tx, at }) => {
      const admins = await this.store.lockAdmins(tx, at);
      const row = await this.store.findToken(tx, id);
      if (!row) return refuse('token.not_found');
      const before = tokenView(row);
      if (row.revokedAt) return { entries: new Map(), audit: [], result: before };
      if (isLastAdmin(admins, id)) refuse('token.last_admin');
      const after = tokenView(await this.store.revokeToken(tx, id, at));
      return done('token.revoke', before, after, after);
    });
    if (!by.dryRun) this.lookup.forget(id);
    return write;
  }

  /** Makes sure that a secret given from outside opens what it should; a secret that is known already is left as it is. */
  async ensure(given: { readonly name: string; readonly scopes: readonly Scope[]; readonly secret: string }): Promise<void> {
    const at = new Date(this.clock.now());
    await this.store.ensureToken({
      ...fresh(given.secret, { name: 'system' }, at),
      name: given.name,
      scopes: given.scopes,
      expiresAt: null,
    });
  }

  private async find(hash: Uint8Array<ArrayBuffer>): Promise<KnownToken | null> {
    const row = await this.store.tokenByHash(hash);
    if (!row) return null;
    return { id: row.id, name: row.name, scopes: scopesOf(row), expiresAt: row.expiresAt };
  }
}

function request(by: WriteBy): WriteRequest {
  return { ...by, projectId: null, environmentIds: [] };
}

function fresh(secret: string, actor: Pick<Actor, 'name'>, at: Date): Omit<NewToken, 'name' | 'scopes' | 'expiresAt'> {
  return { hash: hashOf(secret), prefix: prefixOf(secret), createdBy: actor.name, createdAt: at };
}

function done<Result>(action: string, before: ApiToken | null, after: ApiToken, result: Result): Work<Result> {
  return { entries: new Map(), audit: [{ action, resourceKind: 'token', resourceKey: after.name, before, after }], result };
}
