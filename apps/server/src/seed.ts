import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiTokens, newSecret, SdkKeys, type WriteBy } from './access/index.js';
import { SCOPES } from './changes/index.js';
import { ADVISORY_LOCKS, withAdvisoryLock } from './database/index.js';
import { Environments, Places } from './environments/index.js';
import { Refusal } from './errors.js';
import { readSecrets, type Secrets, secretsFile, writeSecrets } from './secrets-file.js';
import type { Settings } from './settings/index.js';

const PROJECT = 'default';
const ENVIRONMENTS = ['development', 'production'] as const;
const KINDS = ['server', 'client'] as const;
const BY_SYSTEM: WriteBy = { actor: { name: 'system', scopes: SCOPES }, reason: 'first start', dryRun: false };

/** What whoever starts the server must know to use it. */
export interface Credentials {
  /** Secrets that this start made or found; null when the database was seeded from elsewhere. */
  readonly secrets: Secrets | null;
  readonly file: string;
  /** This start filled an empty database. */
  readonly isFirst: boolean;
}

/** Gives an empty database its first project, environments, keys and token, and lets fixed secrets in. Several servers take turns. */
export async function seed(app: NestFastifyApplication, settings: Settings & { readonly databaseUrl: string }): Promise<Credentials> {
  return await withAdvisoryLock(settings.databaseUrl, ADVISORY_LOCKS.seed, async () => {
    const file = secretsFile(settings.dataDir);
    const isFirst = await isEmpty(app);
    const secrets = isFirst ? await secretsForFirst(file, settings) : await readSecrets(file);
    if (isFirst && secrets !== null) await fill(app, secrets);
    else await letFixedIn(app, settings);
    return { secrets, file, isFirst };
  });
}

/** The admin token is written last, so that a start which was cut short is done again. */
async function isEmpty(app: NestFastifyApplication): Promise<boolean> {
  const { items } = await app.get(ApiTokens).list({ limit: 1 });
  return items.length === 0;
}

/** Written down before the database learns of them: a secret that opens something is never lost. */
async function secretsForFirst(file: string, settings: Settings): Promise<Secrets> {
  const kept = (await readSecrets(file)) ?? newSecrets();
  const secrets: Secrets = {
    adminToken: settings.adminToken ?? kept.adminToken,
    keys: {
      ...kept.keys,
      development: {
        server: settings.serverKey ?? kept.keys.development.server,
        client: settings.clientKey ?? kept.keys.development.client,
      },
    },
  };
  await writeSecrets(file, secrets);
  return secrets;
}

function newSecrets(): Secrets {
  const pair = () => ({ server: newSecret('server'), client: newSecret('client') });
  return { adminToken: newSecret('token'), keys: { development: pair(), production: pair() } };
}

async function fill(app: NestFastifyApplication, secrets: Secrets): Promise<void> {
  const places = app.get(Places);
  await unlessThere(places.createProject({ key: PROJECT, name: 'Default' }, BY_SYSTEM));
  for (const key of ENVIRONMENTS) {
    await unlessThere(places.createEnvironment(PROJECT, { key, name: key === 'development' ? 'Development' : 'Production' }, BY_SYSTEM));
    const { id } = await app.get(Environments).environment(PROJECT, key);
    for (const kind of KINDS)
      await app.get(SdkKeys).ensure({ name: `first ${kind} key`, kind, environmentId: id, secret: secrets.keys[key][kind] });
  }
  await app.get(ApiTokens).ensure({ name: 'admin', scopes: SCOPES, secret: secrets.adminToken });
}

async function letFixedIn(app: NestFastifyApplication, { adminToken, serverKey, clientKey }: Settings): Promise<void> {
  if (adminToken !== null) await app.get(ApiTokens).ensure({ name: 'fixed admin', scopes: SCOPES, secret: adminToken });
  if (serverKey === null && clientKey === null) return;
  const { id } = await app.get(Environments).environment(PROJECT, 'development');
  const ensure = (kind: (typeof KINDS)[number], secret: string | null) =>
    secret === null ? undefined : app.get(SdkKeys).ensure({ name: `fixed ${kind} key`, kind, environmentId: id, secret });
  await ensure('server', serverKey);
  await ensure('client', clientKey);
}

async function unlessThere(creation: Promise<unknown>): Promise<void> {
  await creation.catch((error: unknown) => {
    if (!(error instanceof Refusal) || !error.code.endsWith('.key_taken')) throw error;
  });
}
