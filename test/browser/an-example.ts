import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { aProgram } from '../harness/a-program.js';
import { api, aServer } from '../harness/index.js';
import { aBrowser } from './a-browser.js';

const FLAGS = '/api/v1/projects/default/flags';

const HEALTH = `SELECT retries::int, validated::int, invalid::int, (SELECT array_agg(place_of(packed)) FROM unnest(slow) AS packed WHERE place_of(packed) > 0) AS "slowMs", (SELECT array_agg(count_of(packed)::int) FROM unnest(slow) AS packed WHERE place_of(packed) > 0) AS "slowN" FROM counted_minute WHERE flag = $1 AND retries > 0`;

/** A page of `examples/` that a browser can open, and the server whose flags it shows. */
export interface Example {
  readonly url: string;
  readonly browser: Browser;
  /** Saves what a flag of the page serves. */
  serve(flag: string, config: { readonly rules?: readonly object[]; readonly variant: string }): Promise<void>;
  kill(flag: string): Promise<void>;
  /** What was counted of a flag. */
  totals(flag: string): Promise<object>;
  /** The events that followed on a flag. */
  events(flag: string): Promise<readonly object[]>;
  /** What the code under a flag went through. */
  health(flag: string): Promise<object | undefined>;
  /** Opens the page; `complaints` are the errors on its console and those that nobody caught. */
  open(path?: string): Promise<{ readonly page: Page; readonly complaints: readonly string[] }>;
  stop(): Promise<void>;
}

/** Starts the program of an example beside a server with its flags: `banner` serves `sale`, `new-checkout` is on. */
export async function anExample(script: string): Promise<Example> {
  execFileSync(process.execPath, ['sdk/build.mjs'], { cwd: new URL('../..', import.meta.url) });
  const port = await aFreePort();
  const server = await aServer({ settings: { allowedOrigins: [`http://127.0.0.1:${port}`] } });
  const admin = api(server);
  const serve: Example['serve'] = async (flag, { rules = [], variant }) => {
    const config = { on: true, offVariant: null, rules, default: { variant } };
    expect((await admin.put(`${FLAGS}/${flag}/environments/development`, config)).status).toBe(200);
  };
  const common = { kind: 'release', owner: 'shop', ttlDays: 30, clientVisible: true };
  const flags = [
    { ...common, key: 'banner', type: 'string', variants: { sale: 'Sale today', plain: 'Our shop' } },
    { ...common, key: 'new-checkout', type: 'boolean', variants: { on: true, off: false } },
  ];
  for (const flag of flags) expect((await admin.post(FLAGS, flag)).status).toBe(201);
  await serve('banner', { variant: 'sale' });
  await serve('new-checkout', { variant: 'on' });
  const program = await aProgram(script, { BALLAST_URL: server.url, BALLAST_CLIENT_KEY: server.clientKey, PORT: `${port}` });
  const browser = await aBrowser();
  return {
    url: program.firstLine,
    browser,
    serve,
    kill: async (flag) => {
      const killed = await admin.post(`${FLAGS}/${flag}/environments/development/kill`, { reason: 'too many broken carts' });
      expect(killed.status).toBe(200);
    },
    totals: async (flag) => (await admin.get(`${FLAGS}/${flag}/environments/development/exposures`)).body.totals,
    events: async (flag) => (await admin.get(`${FLAGS}/${flag}/environments/development/outcomes`)).body.events,
    health: async (flag) => (await server.database.query(HEALTH, [flag]))[0],
    open: (path = '') => open(browser, `${program.firstLine}${path}`),
    stop: async () => {
      await browser.close();
      expect(await program.stop()).toEqual({ code: 0, signal: null });
      await server.stop();
    },
  };
}

async function open(browser: Browser, url: string): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && !message.text().includes('404') && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return { page, complaints };
}

/** The server must know the origin of the page before either of them starts. */
async function aFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
