import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aProgram, type Program } from '../harness/a-program.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { aBrowser } from './a-browser.js';

const FLAGS = '/api/v1/projects/default/flags';

let browser: Browser;
let server: TestServer;
let example: Program;

/** The server must know the origin of the page before either of them starts. */
async function aFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function serve(flag: string, variant: string): Promise<void> {
  const config = { on: true, offVariant: null, default: { variant } };
  expect((await api(server).put(`${FLAGS}/${flag}/environments/development`, config)).status).toBe(200);
}

beforeAll(async () => {
  execFileSync(process.execPath, ['sdk/build.mjs'], { cwd: new URL('../..', import.meta.url) });
  const port = await aFreePort();
  server = await aServer({ settings: { allowedOrigins: [`http://127.0.0.1:${port}`] } });
  const common = { kind: 'release', owner: 'shop', ttlDays: 30, clientVisible: true };
  const flags = [
    { ...common, key: 'banner', type: 'string', variants: { sale: 'Sale today', plain: 'Our shop' } },
    { ...common, key: 'new-checkout', type: 'boolean', variants: { on: true, off: false } },
  ];
  for (const flag of flags) expect((await api(server).post(FLAGS, flag)).status).toBe(201);
  await serve('banner', 'sale');
  await serve('new-checkout', 'on');
  example = await aProgram('examples/react/src/main.js', {
    BALLAST_URL: server.url,
    BALLAST_CLIENT_KEY: server.clientKey,
    PORT: `${port}`,
  });
  browser = await aBrowser();
});

afterAll(async () => {
  await browser.close();
  expect(await example.stop()).toEqual({ code: 0, signal: null });
  await server.stop();
});

it('the React example shows the flags before any script has run', async () => {
  const html = await (await fetch(example.firstLine)).text();
  expect(html).toContain('<h1 id="banner">Sale today</h1>');
  expect(html).toContain('Buy now');
});

it('the React example hydrates without a complaint, follows changes, and counts', async () => {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && !message.text().includes('404') && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(example.firstLine);
  await page.click('#pay');
  await expect.poll(() => page.locator('#answer').textContent()).toBe('paid in one step');
  await serve('banner', 'plain');
  await expect.poll(() => page.locator('#banner').textContent()).toBe('Our shop');
  await api(server).post(`${FLAGS}/new-checkout/environments/development/kill`, { reason: 'too many broken carts' });
  await expect.poll(() => page.locator('#pay').textContent()).toBe('To the checkout');
  await page.click('#pay');
  await expect.poll(() => page.locator('#answer').textContent()).toBe('paid in three steps');
  expect(complaints).toEqual([]);
  await page.goto('about:blank');
  const counted = async () => (await api(server).get(`${FLAGS}/new-checkout/environments/development/exposures`)).body.totals;
  await expect.poll(counted, { timeout: 10_000 }).toMatchObject({ ok: 2, err: 0 });
  await page.close();
});
