import { type ExecFileException, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/demo.mjs', import.meta.url));
const onOff = { state: 'ENABLED', variants: { yes: true, no: false }, defaultVariant: 'no' };

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ballast-demo-spec-'));
  // As root, PostgreSQL runs as another user, who must be able to enter.
  await chmod(folder, 0o711);
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: ExecFileException['code'] | 0;
  readonly out: string;
  readonly problem: string;
}

/** Runs the demo in a temporary folder of its own. */
function demo(...args: readonly string[]): Promise<Run> {
  return demoWith({}, ...args);
}

function demoWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, TMPDIR: folder, NODE_OPTIONS: '', ...env }, timeout: 170_000 };
    execFile(process.execPath, [script, ...args], options, (error, out, problem) => resolve({ code: error?.code ?? 0, out, problem }));
  });
}

it('imports flags, breaks a code path, kills its flag, measures, and leaves nothing behind', async () => {
  const file = join(folder, 'shop.flagd.json');
  await writeFile(file, JSON.stringify({ flags: { other: onOff, paymentUnreachable: onOff, cartFailure: { ...onOff, state: 'odd' } } }));
  const { code, out, problem } = await demo('--flags', file, '--stores', '2', '--rate', '50', '--seconds', '3', '--split', '60');
  expect({ code, problem }).toMatchObject({ code: 0 });
  expect(out).toMatch(/Imported 2 of 3 flags in \d+ ms\.\n {3}refused cartFailure: has the state "odd"/);
  expect(out).toContain('Turned paymentUnreachable on for 60 % of the customers; its code path, payment, is failing');
  expect(out).toMatch(/yes +\d+ evaluations +\d+ errors +7\d\.\d %/);
  expect(out).toMatch(/no +\d+ evaluations +0 errors +0\.0 %/);
  expect(out).toMatch(/Served safely again after, per storefront: \d+ ms, \d+ ms\./);
  expect(out).toMatch(/kill to the last storefront serving the safe variant: \d+ ms/);
  expect(out).toMatch(/\d+ evaluations counted, exactly as many/);
  // The alert comes while the code path fails, and is over after the kill.
  expect(out).toMatch(
    /An alert came, with a signature that is right:\n {3}\d\d:\d\d {2}alert\.firing {2}Page: shop-works of paymentUnreachable in default\/development burns/,
  );
  expect(out).toMatch(
    /flag\.configure paymentUnreachable by admin\n[\s\S]*Killed paymentUnreachable[\s\S]*alert\.resolved {2}Resolved: shop-works/,
  );
  expect(out).toMatch(/no \(baseline\) +\d+ +100\.0 % +\d+\.\d ms\n {3}yes +\d+ +2\d\.\d % +\d+\.\d ms +-7\d\.\d points +[+-]\d+ %\n/);
  expect(out).toContain('2 messages received, every signature verified');
  expect(await readdir(folder)).toEqual(['shop.flagd.json']);
}, 180_000);

it.each([
  ['a file that is not there', 'missing.json', undefined, 'cannot read the flag file'],
  ['a file that is no JSON', 'broken.json', '{"flags":', 'cannot read the flag file'],
])('says in one line what is wrong with %s', async (_, name, content, line) => {
  const file = join(folder, name);
  if (content !== undefined) await writeFile(file, content);
  const { code, problem } = await demo('--flags', file);
  expect(code).toBe(1);
  expect(problem).toMatch(/^The demo failed: [^\n]+\n$/);
  expect(problem).toContain(line);
});

it('ends when the server does not start, and says why', async () => {
  const { code, problem } = await demoWith({ BALLAST_CLIENT_KEY: 'short' });
  expect(code).toBe(1);
  expect(problem).toMatch(
    /^The demo failed: the server ended by itself \(1\):\n[\s\S]*BALLAST_CLIENT_KEY must have at least 16 characters/,
  );
  expect((await readdir(folder)).filter((name) => name.startsWith('ballast-'))).toEqual([]);
}, 120_000);

it('ends quietly when it is interrupted as terminals do it, and leaves nothing behind', async () => {
  // A terminal interrupts everybody in the group at once, so that servers and storefronts are gone in the middle of a step.
  const env = { ...process.env, TMPDIR: folder, NODE_OPTIONS: '' };
  const running = spawn(process.execPath, [script, '--stores', '1', '--rate', '20'], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, problem] = ['', ''];
  running.stderr.on('data', (text) => {
    problem += text;
  });
  const exit = once(running, 'exit');
  running.stdout.on('data', (text) => {
    const wasOn = out.includes('Turned ');
    out += text;
    if (!wasOn && out.includes('Turned ') && running.pid !== undefined) process.kill(-running.pid, 'SIGINT');
  });
  const [code] = await exit;
  expect({ code, problem }).toEqual({ code: 130, problem: '' });
  expect(out).toMatch(/\nInterrupted; cleaning up\.\n$/);
  expect((await readdir(folder)).filter((name) => name.startsWith('ballast-'))).toEqual([]);
}, 120_000);

it('its receiver takes what is signed as Standard Webhooks say, in its time, and nothing else', async () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,bm8gZ29vZA== v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const message = { headers, body: '{"test": 2432232314}' };
  const at = 1_614_265_330_000;
  const asked = [
    [message, { secret, now: at + 299_000 }],
    [message, { secret, now: at + 301_000 }],
    [
      { ...message, body: '{"test": 2432232315}' },
      { secret, now: at },
    ],
    [message, { secret: 'whsec_bm90IHRoaXMgb25lLCBidXQgbG9uZw==', now: at }],
    [
      { ...message, headers: { ...headers, 'webhook-signature': '' } },
      { secret, now: at },
    ],
  ];
  const receiver = new URL('../../scripts/demo/receiver.mjs', import.meta.url).href;
  const program = `import { isGenuine } from '${receiver}'; console.log(JSON.stringify(${JSON.stringify(asked)}.map((each) => isGenuine(...each))));`;
  const out = await new Promise<string>((resolve, reject) => {
    const args = ['--input-type=module', '--eval', program];
    execFile(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } }, (error, said) =>
      error ? reject(error) : resolve(said),
    );
  });
  expect(JSON.parse(out)).toEqual([true, false, false, false, false]);
});

it.each(['--stores=none', '--split=100', '--speed=9'])('refuses %s', async (option) => {
  expect(await demo(option)).toMatchObject({ code: 1, problem: expect.stringMatching(/^The demo failed: [^\n]+\n$/) });
});
