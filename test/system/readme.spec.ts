import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aServer, type TestServer } from '../harness/index.js';

const run = promisify(execFile);
const ROOT = new URL('../../', import.meta.url);

describe('given a newcomer who follows the README', () => {
  let server: TestServer;
  let folder: string;
  let readme: string;

  beforeAll(async () => {
    server = await aServer();
    folder = await mkdtemp(join(tmpdir(), 'ballast-readme-'));
    readme = (await readFile(new URL('README.md', ROOT), 'utf8')).replaceAll('http://localhost:4400', server.url);
  });

  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const blocks = (language: string) =>
    [...readme.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '');

  it('gets an answer without a problem from every request, in their order', async () => {
    const script = blocks('sh')
      .join('\n')
      .replace(/^export TOKEN=.*$/m, `export TOKEN=${server.adminToken}`)
      .replaceAll('curl -s', `curl -sS -o out -w '%{http_code} '`);
    const { stdout } = await run('bash', ['-euc', script], { cwd: folder });
    expect(stdout.trim().split(' ')).toEqual(['201', '200', '200', '200', '200', '200']);
  });

  it('runs the ten lines of the SDK', async () => {
    await symlink(new URL('node_modules', ROOT).pathname, join(folder, 'node_modules'));
    await writeFile(join(folder, 'ten-lines.mjs'), blocks('js')[0] ?? '');
    const env = { ...process.env, BALLAST_SERVER_KEY: server.serverKey };
    const { stdout } = await run(process.execPath, ['ten-lines.mjs'], { cwd: folder, env });
    expect(stdout.trim()).toBe('new TARGETING_MATCH');
  });
});
