import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { aFlag, aServer, KEY, type TestServer } from '../../test-support/a-server.js';
import type { NodeClientOptions } from './index.js';

const here = fileURLToPath(new URL('.', import.meta.url));
let folder: string;
let server: TestServer;
let running: ChildProcess | undefined;

beforeAll(async () => {
  folder = mkdtempSync(fileURLToPath(new URL('../../../node_modules/.cache-sdk-exit-', import.meta.url)));
  await build({
    entryPoints: [`${here}index.ts`],
    outfile: `${folder}/sdk.mjs`,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@ballast/source'],
    external: ['socket.io-client'],
  });
});

afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  server = await aServer(aFlag('new-checkout', 'on'));
});

afterEach(async () => {
  running?.kill('SIGKILL');
  await server.stop();
});

/** Runs a program that has a client in `client`, ready unless `before` says otherwise. */
const program = (lines: string, before = 'await client.ready();', { cache = false as NodeClientOptions['cache'], shell = '' } = {}) => {
  const options = JSON.stringify({ url: server.url, key: KEY, cache });
  const source = `import { createClient } from '${folder}/sdk.mjs'; const options = ${options}; const client = createClient(options); ${before}\n${lines}`;
  const node = [process.execPath, '--input-type=module', '--eval', source];
  const child = spawn('sh', ['-c', `${shell} exec "$@"`, 'sh', ...node], { stdio: ['ignore', 'pipe', 'inherit'] });
  running = child;
  return child;
};
const said = async (child: ChildProcess, word: string) => {
  let text = '';
  child.stdout?.on('data', (data) => {
    text += data;
  });
  await vi.waitFor(() => expect(text).toContain(word), 15_000);
  return text;
};
const exposures = () => server.envelopes.flatMap(({ rows }) => rows).reduce((sum, row) => sum + row.exposures, 0);

it('lets a program end that never closes its client, and sends what it counted', async () => {
  const [code] = await once(program(`client.value('new-checkout', false);`), 'exit');
  expect(code).toBe(0);
  expect(exposures()).toBe(1);
});

it('lets a program end although its counts cannot be sent', async () => {
  server.faults.set('/sdk/v1/telemetry', 503);
  const [code] = await once(program(`client.value('new-checkout', false);`), 'exit');
  expect(code).toBe(0);
  expect(server.attempts.length).toBeGreaterThan(0);
});

it('keeps a program alive that waits for a server', async () => {
  await server.stop();
  const child = program(
    `console.log(await client.ready({ timeoutMs: 20_000 }), 'at last');`,
    `client.on('error', () => console.log('failed'));`,
  );
  const waiting = said(child, 'ready at last');
  await said(child, 'failed');
  await server.start();
  await waiting;
});

it.each(['SIGTERM', 'SIGINT'] as const)('sends what it counted and still dies of %s', async (asked) => {
  const child = program(`client.value('new-checkout', false); setInterval(() => {}, 1000); console.log('up');`);
  await said(child, 'up');
  child.kill(asked);
  const [code, signal] = await once(child, 'exit');
  expect([code, signal]).toEqual([null, asked]);
  expect(exposures()).toBe(1);
});

it('dies at once of the second signal, although nobody answers', async () => {
  server.faults.set('/sdk/v1/telemetry', 'hang');
  const child = program(`client.value('new-checkout', false); setInterval(() => {}, 1000); console.log('up');`);
  await said(child, 'up');
  child.kill('SIGINT');
  await vi.waitFor(() => expect(server.attempts).toHaveLength(1));
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
});

it.each([
  ['process.exit()', 'process.exit(3)', 3],
  ['a failure that nobody catches', `throw new Error('expected by the test')`, 1],
  ['a rejection that nobody catches', `void Promise.reject(new Error('expected by the test')); setInterval(() => {}, 1000)`, 1],
])('ends as ever by %s, which leaves no time to send; what was flushed is counted', async (_, end, expected) => {
  const child = program(
    `client.value('new-checkout', false); await client.flush(); client.value('new-checkout', false); ${end};`,
    undefined,
    { shell: 'exec 2>/dev/null;' },
  );
  expect(await once(child, 'exit')).toEqual([expected, null]);
  expect(exposures()).toBe(1);
});

it('leaves the end to a host that listens to SIGTERM itself', async () => {
  const child = program(
    `client.value('new-checkout', false); const busy = setInterval(() => {}, 1000);
     let signals = 0;
     process.on('SIGTERM', () => { signals++; setTimeout(() => { clearInterval(busy); process.exitCode = 6 + signals; }, 50); }); console.log('up');`,
  );
  await said(child, 'up');
  child.kill('SIGTERM');
  const [code, signal] = await once(child, 'exit');
  expect([code, signal]).toEqual([7, null]);
  expect(exposures()).toBe(1);
});

describe('given two clients in one process', () => {
  const both = `other.value('new-checkout', false); client.value('new-checkout', false); setInterval(() => {}, 1000); console.log('up');`;

  it.each([
    ['of one copy of the package', ''],
    ['of two copies of the package', '?copy'],
  ])('%s, sends what both counted and still dies of SIGTERM', async (_, copy) => {
    const another = `const other = (await import('${folder}/sdk.mjs${copy}')).createClient(options); await other.ready(); await client.ready();`;
    const child = program(both, another);
    await said(child, 'up');
    child.kill('SIGTERM');
    const [code, signal] = await once(child, 'exit');
    expect([code, signal]).toEqual([null, 'SIGTERM']);
    expect(exposures()).toBe(2);
    expect(new Set(server.envelopes.map(({ instance }) => instance)).size).toBe(2);
  });

  it('serves and counts on with one when the other is closed, from one folder', async () => {
    const another = `const other = createClient(options); await other.ready(); await client.ready();`;
    const child = program(
      `await other.close(); client.on('configurationChanged', () => { console.log('served', client.value('new-checkout', true)); }); console.log('up');
       setInterval(() => {}, 1000);`,
      another,
      { cache: { directory: folder } },
    );
    await said(child, 'up');
    await vi.waitFor(() => expect(server.hub?.size).toBe(1));
    server.change(aFlag('new-checkout', 'off', { version: 2 }));
    await said(child, 'served false');
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(exposures()).toBe(1);
  });
});

it('serves live flags from a machine whose disk is full, keeps what was kept before, and leaves nothing half written', async () => {
  const directory = `${folder}/full`;
  const run = async (shell: string, served: boolean) => {
    const child = program(`console.log(client.value('new-checkout', ${!served})); await client.close();`, undefined, {
      cache: { directory },
      shell,
    });
    const ended = once(child, 'exit');
    await said(child, `${served}`);
    expect(await ended).toEqual([0, null]);
  };
  await run('ulimit -f 0;', true);
  expect(readdirSync(directory)).toEqual([]);
  await run('', true);
  const [file = ''] = readdirSync(directory);
  const kept = readFileSync(`${directory}/${file}`, 'utf8');
  server.change(aFlag('new-checkout', 'off', { version: 2 }));
  await run('ulimit -f 0;', false);
  expect(readdirSync(directory)).toEqual([file]);
  expect(readFileSync(`${directory}/${file}`, 'utf8')).toBe(kept);
});

it('catches up and counts everything after the host let nobody else run for seconds', async () => {
  const child = program(`
    for (const until = Date.now() + 2_000; Date.now() < until; ) {}
    let evaluations = 0;
    for (; evaluations < 1_000; evaluations++) client.value('new-checkout', true);
    client.on('configurationChanged', () => console.log('caught up', client.value('new-checkout', true)));
    console.log('awake');
    setInterval(() => {}, 1000);`);
  await vi.waitFor(() => expect(server.hub?.size).toBe(1));
  await vi.waitFor(() => expect(server.hub?.size).toBe(0), 10_000);
  server.change(aFlag('new-checkout', 'off', { version: 2 }));
  await said(child, 'caught up false');
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(exposures()).toBe(1_001);
});

it('leaves no timer, socket or listener behind in a hundred starts and stops', async () => {
  const child = program(
    `const began = new Map();
     createHook({ init: (id, type) => began.set(id, type), destroy: (id) => began.delete(id) }).enable();
     const kept = () => {
       const of = (...types) => [...began.values()].filter((type) => types.includes(type)).length;
       const listeners = process.listenerCount('SIGTERM') + process.listenerCount('SIGINT') + process.listenerCount('beforeExit');
       return { timers: of('Timeout'), sockets: of('TCPWRAP', 'TLSWRAP'), active: process.getActiveResourcesInfo().length, listeners };
     };
     const cycle = async (i) => {
       const one = createClient(i % 5 === 0 ? { ...options, url: 'http://127.0.0.1:1', logger: null } : options);
       if (i % 2 === 0) await one.ready({ timeoutMs: 20 });
       one.value('new-checkout', false);
       await one.close();
     };
     for (let i = 0; i < 10; i++) await cycle(i);
     const before = kept();
     for (let i = 0; i < 100; i++) await cycle(i);
     const after = kept();
     console.log(JSON.stringify({ before, after }), 'done');`,
    `import { createHook } from 'node:async_hooks'; await client.ready(); await client.close();`,
  );
  const ended = once(child, 'exit');
  const report = await said(child, 'done');
  expect(await ended).toEqual([0, null]);
  const { before, after } = JSON.parse(report.slice(0, report.indexOf('done')));
  expect(after.listeners).toBe(0);
  // Some are always about to end, and the pool of `fetch` keeps a few connections for a while; a leak would be a hundred.
  for (const kind of ['timers', 'sockets', 'active']) expect(after[kind] - before[kind]).toBeLessThan(10);
  await vi.waitFor(() => expect(server.streams).toBe(0));
}, 30_000);
