import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { aPlace } from '../../test-support/a-place.js';
import { aFlag, aSnapshot, KEY } from '../../test-support/a-server.js';
import { createClient } from './index.js';

const place = aPlace();

describe('given a folder for the last known good', () => {
  const file = () => join(place.directory, readdirSync(place.directory).find((name) => name.endsWith('.json')) ?? 'none');

  it('writes one private file without the key in it, and nothing else', async () => {
    const client = place.aClient();
    await client.ready();
    await client.close();
    expect(readdirSync(place.directory)).toHaveLength(1);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual(aSnapshot([aFlag('new-checkout')]));
    expect(`${file()}${readFileSync(file(), 'utf8')}`).not.toContain(KEY);
  });

  it('keeps a change without being closed', async () => {
    const client = place.aClient();
    await client.ready();
    await vi.waitFor(() => expect(place.server.hub?.size).toBe(1));
    place.server.change(aFlag('new-checkout', 'off', { version: 2 }));
    await vi.waitFor(() => expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ revision: 2 }), 5_000);
  });

  it.each(['', '{"environment":', 'null', JSON.stringify({ ...aSnapshot([aFlag('new-checkout')]), checksum: 1 })])(
    'ignores a kept file that reads %s',
    async (text) => {
      const first = place.aClient();
      await first.ready();
      await first.close();
      writeFileSync(file(), text);
      const warnings: string[] = [];
      const client = place.aClient({ logger: { warn: (message) => warnings.push(message), error: () => {} } });
      expect(client.value('new-checkout', false)).toBe(false);
      expect(warnings).toEqual([expect.stringContaining('cache ignored')]);
      expect(await client.ready()).toBe('ready');
    },
  );

  it('reads nothing from a folder of its own choice that others may write to', async () => {
    vi.stubEnv('TMPDIR', place.directory);
    const folder = join(place.directory, `ballast-sdk-${process.getuid?.() ?? 'user'}`);
    const first = createClient({ url: place.server.url, key: KEY, logger: null });
    await first.ready();
    await first.close();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toHaveLength(1);
    chmodSync(folder, 0o777);
    const client = createClient({ url: place.server.url, key: KEY, logger: null });
    expect(client.value('new-checkout', false)).toBe(false);
    await client.close();
    vi.unstubAllEnvs();
  });

  it('warns and goes on when nothing can be written there', async () => {
    const warnings: string[] = [];
    const taken = join(place.directory, 'taken');
    writeFileSync(taken, 'a file, not a folder');
    const client = place.aClient({ cache: { directory: taken }, logger: { warn: (message) => warnings.push(message), error: () => {} } });
    expect(await client.ready()).toBe('ready');
    await client.close();
    expect(warnings).toEqual([expect.stringContaining('cache ignored'), expect.stringContaining('cache not written')]);
  });
});
