import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { aLine, type Line } from '../harness/a-line.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { aBrowser, aSite, type Site } from './a-browser.js';

const BUNDLE = createRequire(import.meta.url).resolve('../../sdk/dist/browser-insights.js');
const FLAG = '/api/v1/projects/default/flags/banner/environments/development';
/** More than one request that outlives its page can hold: 78 kB. */
const MANY = 100;

const PAGE = `<!doctype html><meta charset="utf-8"><title>shop</title><script type="module">
  import { createClient } from '/ballast.js';
  const { url, key } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const settings = { url, key, context: { targetingKey: 'user-7' }, tracking: true, slowMs: [1] };
  const client = createClient(settings);
  const ask = (count) => Array.from({ length: count }, (_, i) => client.value('€'.repeat(250) + i, false));
  const hide = () => document.dispatchEvent(new Event('visibilitychange'));
  window.shop = { client, ask, hide };
</script>`;

let browser: Browser;
let site: Site;
let server: TestServer;
let line: Line;
let page: Page;

beforeAll(async () => {
  browser = await aBrowser();
  const empty = ['text/html', '<!doctype html><title>elsewhere</title>'] as const;
  site = await aSite({ '/': ['text/html', PAGE], '/elsewhere': empty, '/ballast.js': ['text/javascript', await readFile(BUNDLE, 'utf8')] });
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

beforeEach(async () => {
  server = await aServer({ settings: { allowedOrigins: [site.origin] } });
  line = await aLine(server.url);
  const admin = api(server);
  const flag = { key: 'banner', kind: 'release', type: 'boolean', variants: { on: true, off: false }, owner: 'shop', ttlDays: 30 };
  expect((await admin.post('/api/v1/projects/default/flags', { ...flag, clientVisible: true })).status).toBe(201);
  expect((await admin.put(FLAG, { on: true, offVariant: 'off', default: { variant: 'on' } })).status).toBe(200);
  page = await browser.newPage();
  await page.goto(`${site.origin}/#url=${line.url}&key=${server.clientKey}`);
  await page.waitForFunction(() => window.shop?.client.value('banner', false) === true);
  expect(await page.evaluate(() => window.shop.client.flush())).toBe(true);
  return async () => {
    await page.close();
    await line.down();
    await server.stop();
  };
});

const totals = async () => (await api(server).get(`${FLAG}/exposures`)).body.totals;
const unknown = async () => {
  const rows = await server.database.query<{ n: string; keys: string }>('select sum(count) as n, count(*) as keys from unknown_flag');
  return [Number(rows[0]?.n), Number(rows[0]?.keys)];
};

it('counts events, slow runs and health in a page, in compressed batches', async () => {
  await page.evaluate(async (many) => {
    const { client, ask } = window.shop;
    await client.run('banner', {}, { on: () => new Promise((done) => setTimeout(done, 20)), off: () => 0 });
    client.track('order', undefined, { value: 12.5 });
    client.count('banner', {}, { retries: 3 });
    ask(many);
  }, MANY);
  const sent = page.waitForRequest((request) => request.headers()['content-encoding'] === 'gzip');
  expect(await page.evaluate(() => window.shop.client.flush())).toBe(true);
  expect((await sent).url()).toMatch(/telemetry$/);
  expect(await unknown()).toEqual([MANY, MANY]);
  const { body } = await api(server).get(`${FLAG}/outcomes`);
  expect(JSON.stringify(body)).toContain('"sum":12.5');
  const [row] = await server.database.query(
    'select place_of(packed) as ms, count_of(packed)::int as n from counted, unnest(slow) as packed where retries = 3 and place_of(packed) > 0',
  );
  expect(row).toEqual({ ms: 1, n: 1 });
});

it.each([
  ['leaves for another page', () => page.goto(`${site.origin}/elsewhere`)],
  ['is closed', () => page.close()],
  [
    'is hidden and then killed by its system',
    async () => {
      await page.evaluate(() => window.shop.hide());
      const crashed = page.waitForEvent('crash');
      const session = await page.context().newCDPSession(page);
      void session.send('Page.crash').catch(() => undefined);
      await crashed;
    },
  ],
])('counts once what was counted when the page %s', async (_, leave) => {
  const before = (await totals()).ok;
  await page.evaluate(() => {
    for (let i = 0; i < 7; i++) window.shop.client.run('banner', {}, { on: () => 1, off: () => 0 });
  });
  await leave();
  await expect.poll(async () => (await totals()).ok, { timeout: 20_000 }).toBe(before + 7);
});

it('counts once what the server took of a hidden page although the page never heard of it', async () => {
  line.losesAnswers = true;
  await page.evaluate(() => {
    window.shop.ask(5);
    window.shop.hide();
  });
  await expect.poll(() => line.lost).toBeGreaterThan(0);
  expect(await unknown()).toEqual([5, 5]);
  line.losesAnswers = false;
  expect(await page.evaluate(() => window.shop.client.flush())).toBe(true);
  expect(await unknown()).toEqual([5, 5]);
});

it('loses nothing of a hidden page that has more to tell than a request that outlives it may hold', async () => {
  const sent: number[] = [];
  page.on('requestfailed', (request) => request.url().endsWith('/telemetry') && sent.push(0));
  page.on('requestfinished', (request) => request.url().endsWith('/telemetry') && sent.push(request.postDataBuffer()?.length ?? -1));
  await page.evaluate((many) => {
    window.shop.ask(many);
    window.shop.hide();
  }, MANY);
  await expect.poll(unknown, { timeout: 20_000 }).toEqual([MANY, MANY]);
  expect(Math.max(...sent)).toBeLessThan(65_536);
});

declare global {
  interface Window {
    readonly shop: {
      readonly client: {
        value(key: string, fallback: boolean): boolean;
        run(key: string, context: object, branches: { readonly on: () => unknown; readonly off: () => unknown }): unknown;
        track(event: string, context?: object, options?: { readonly value: number }): void;
        count(key: string, context: object, health: object): void;
        flush(): Promise<boolean>;
      };
      ask(count: number): void;
      hide(): void;
    };
  }
}
