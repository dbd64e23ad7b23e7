import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readSettings as readRelaySettings } from '../../apps/relay/src/settings.js';
import { readSettings } from '../../apps/server/src/settings/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFile(join(root, path), 'utf8');

const service = z.looseObject({ environment: z.record(z.string(), z.string()), healthcheck: z.unknown().optional() });
const compose = z.strictObject({
  services: z.looseObject({
    server: service.extend({
      build: z.strictObject({ context: z.literal('.'), dockerfile: z.literal('apps/server/Dockerfile') }),
      depends_on: z.strictObject({ postgres: z.strictObject({ condition: z.literal('service_healthy') }) }),
    }),
    relay: service.extend({
      profiles: z.tuple([z.literal('relay')]),
      build: z.strictObject({ context: z.literal('.'), dockerfile: z.literal('apps/relay/Dockerfile') }),
    }),
    postgres: service.extend({ image: z.string().startsWith('postgres:18'), healthcheck: z.looseObject({ test: z.array(z.string()) }) }),
  }),
  volumes: z.record(z.string(), z.null()),
});

/** What compose makes of `${NAME:-default}` when nothing is set. */
function withDefaults(environment: Readonly<Record<string, string>>): Record<string, string> {
  const fill = (text: string) => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
  return Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, fill(text)]));
}

it('composes a server whose settings are usable as they stand', async () => {
  const { services } = compose.parse(parse(await read('docker-compose.yml')));
  const settings = readSettings(withDefaults(services.server.environment));
  const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = withDefaults(services.postgres.environment);
  expect(settings.databaseUrl).toBe(`postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@postgres:5432/${POSTGRES_DB}`);
});

it('composes a relay of that server, which lacks nothing but its key', async () => {
  const { services } = compose.parse(parse(await read('docker-compose.yml')));
  const environment = withDefaults(services.relay.environment);
  expect(() => readRelaySettings(environment)).toThrow(/^The settings are not usable:\n {2}- BALLAST_RELAY_KEY: is missing$/);
  expect(readRelaySettings({ ...environment, BALLAST_RELAY_KEY: 'x'.repeat(16) }).upstreamUrl).toBe('http://server:4400');
});

it.each(['apps/server', 'apps/relay'])(
  'copies the manifest of every workspace into the image of %s, without which npm refuses to install',
  async (app) => {
    const lock = z.object({ packages: z.record(z.string(), z.unknown()) }).parse(JSON.parse(await read('package-lock.json')));
    const workspaces = Object.keys(lock.packages).filter((path) => path !== '' && !path.includes('node_modules/'));
    const dockerfile = await read(`${app}/Dockerfile`);
    expect(workspaces.length).toBeGreaterThan(5);
    for (const path of workspaces) expect(dockerfile).toContain(`COPY ${path}/package.json ${path}/`);
  },
);
