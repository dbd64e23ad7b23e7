import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aFlag, aServer, aSnapshot, KEY, type TestServer } from '../../test-support/a-server.js';
import type { Client } from '../core/api.js';
import { createClient, type NodeClientOptions } from './index.js';

let server: TestServer;
let directory: string;
const clients: Client[] = [];

function aClient(options: Partial<NodeClientOptions> = {}): Client {
  const client = createClient({ url: server.url, key: KEY, logger: null, cache: { directory }, flushOnExit: false, ...options });
  clients.push(client);
  return client;
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'ballast-sdk-spec-'));
  server = await aServer(aFlag('new-checkout', 'on'));
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await server.stop();
  rmSync(directory, { recursive: true });
});

describe('given a folder for the last known good', () => {
  const file = () => join(directory, readdirSync(directory).find((name) => name.endsWith('.json')) ?? 'none');

  it('writes one private file without the key in it, and nothing else', async () => {
    const client = aClient();
    await client.ready();
    await client.close();
    expect(readdirSync(directory)).toHaveLength(1);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual(aSnapshot([aFlag('new-checkout')]));
    expect(`${file()}${readFileSync(file(), 'utf8')}`).not.toContain(KEY);
  });

  it('keeps a change without being closed', async () => {
    const client = aClient();
    await client.ready();
    await vi.waitFor(() => expect(server.hub?.size).toBe(1));
    server.change(aFlag('new-checkout', 'off', { version: 2 }));
    await vi.waitFor(() => expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ revision: 2 }), 5_000);
  });

  it.each(['', '{"environment":', 'null', JSON.stringify({ ...aSnapshot([aFlag('new-checkout')]), checksum: 1 })])(
    'ignores a kept file that reads %s',
    async (text) => {
      const first = aClient();
      await first.ready();
      await first.close();
      writeFileSync(file(), text);
      const warnings: string[] = [];
      const client = aClient({ logger: { warn: (message) => warnings.push(message), error: () => {} } });
      expect(client.value('new-checkout', false)).toBe(false);
      expect(warnings).toEqual([expect.stringContaining('the cached snapshot is ignored')]);
      expect(await client.ready()).toBe('ready');
    },
  );

  it('reads nothing from a folder of its own choice that others may write to', async () => {
    vi.stubEnv('TMPDIR', directory);
    const folder = join(directory, `ballast-sdk-${process.getuid?.() ?? 'user'}`);
    const first = createClient({ url: server.url, key: KEY, logger: null });
    await first.ready();
    await first.close();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toHaveLength(1);
    chmodSync(folder, 0o777);
    const client = createClient({ url: server.url, key: KEY, logger: null });
    expect(client.value('new-checkout', false)).toBe(false);
    await client.close();
    vi.unstubAllEnvs();
  });

  it('warns and goes on when nothing can be written there', async () => {
    const warnings: string[] = [];
    const taken = join(directory, 'taken');
    writeFileSync(taken, 'a file, not a folder');
    const client = aClient({ cache: { directory: taken }, logger: { warn: (message) => warnings.push(message), error: () => {} } });
    expect(await client.ready()).toBe('ready');
    await client.close();
    expect(warnings).toEqual([expect.stringContaining('could not be read'), expect.stringContaining('could not be kept')]);
  });
});
