import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';
import { aBrowser, aSite, type Site } from './a-browser.js';

const BUNDLE = createRequire(import.meta.url).resolve('../../sdk/dist/browser-insights.js');
const PLACE = '/api/v1/projects/default';
const FLAG = `${PLACE}/flags/banner/environments/development`;

const MAIN = `import { createClient } from '/ballast.js';
  const { url, key } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const client = createClient({ url, key, context: { targetingKey: 'user-7' }, tracking: true });
  const use = (times) => { for (let i = 0; i < times; i++) client.run('banner', {}, { on: () => 1, off: () => 0 }); };
  window.tab = { client, use };`;

const files: Record<string, readonly [type: string, text: string]> = {};
let browser: Browser;
let site: Site;
let server: TestServer;
let context: BrowserContext;
/** What pages complained of: errors that nobody caught, and what their policy forbids. */
let complaints: string[];

beforeAll(async () => {
  browser = await aBrowser();
  site = await aSite(files);
  Object.assign(files, { '/main.js': ['text/javascript', MAIN], '/ballast.js': ['text/javascript', await readFile(BUNDLE, 'utf8')] });
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

beforeEach(async () => {
  server = await aServer({ settings: { allowedOrigins: [site.origin] } });
  const { host } = new URL(server.url);
  // The strictest policy that lets a page talk to the server: no worker, and no code that is made up.
  const policy = `default-src 'none'; script-src 'self'; connect-src http://${host} ws://${host}`;
  const head = `<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">`;
  files['/'] = ['text/html', `<!doctype html>${head}<script type="module" src="/main.js"></script>`];
  const admin = api(server);
  const flag = { key: 'banner', kind: 'release', type: 'boolean', variants: { on: true, off: false }, owner: 'shop', ttlDays: 30 };
  expect((await admin.post(`${PLACE}/flags`, { ...flag, clientVisible: true })).status).toBe(201);
  expect((await admin.put(FLAG, { on: true, offVariant: 'off', default: { variant: 'on' } })).status).toBe(200);
  context = await browser.newContext();
  complaints = [];
  context.on('weberror', (error) => complaints.push(error.error().message));
  context.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  return async () => {
    await context.close();
    await server.stop();
  };
});

async function aTab(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.origin}/#url=${server.url}&key=${server.clientKey}`);
  await page.waitForFunction(() => window.tab?.client.value('banner', false) === true);
  return page;
}

const counted = async () => (await api(server).get(`${FLAG}/exposures`)).body.totals.ok;
const flushed = (page: Page) => page.evaluate(() => window.tab.client.flush());
const use = (page: Page, times: number) => page.evaluate((n) => window.tab.use(n), times);

it('counts where storage is denied, under a policy that allows connections to the server alone', async () => {
  await context.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
      Object.defineProperty(window, name, {
        get: () => {
          throw new DOMException('denied', 'SecurityError');
        },
      });
  });
  const page = await aTab();
  await use(page, 5);
  await page.evaluate(() => window.tab.client.track('order', {}, { value: 2 }));
  expect(await flushed(page)).toBe(true);
  expect(await counted()).toBe(5);
  expect(JSON.stringify((await api(server).get(`${FLAG}/outcomes`)).body)).toContain('"sum":2');
  expect(complaints).toEqual([]);
});

it('counts what two tabs of one visitor did, each once', async () => {
  const tabs = [await aTab(), await aTab()];
  for (const [index, tab] of tabs.entries()) await use(tab, 3 + index);
  expect(await Promise.all(tabs.map(flushed))).toEqual([true, true]);
  expect(await counted()).toBe(7);
  expect(complaints).toEqual([]);
});

it('keeps what was counted without a network, and sends it when there is one', async () => {
  const page = await aTab();
  await context.setOffline(true);
  await use(page, 6);
  expect(await flushed(page)).toBe(false);
  await use(page, 2);
  await context.setOffline(false);
  expect(await flushed(page)).toBe(true);
  expect(await counted()).toBe(8);
  expect(complaints).toEqual([]);
});

it('serves what it held when its key is revoked, and does not ask again and again', async () => {
  const page = await aTab();
  const { body } = await api(server).get(`${PLACE}/environments/development/keys`);
  const { id } = body.items.find(({ kind }: { readonly kind: string }) => kind === 'client');
  const refused: number[] = [];
  page.on('response', (response) => response.status() === 401 && refused.push(401));
  expect((await api(server).delete(`${PLACE}/environments/development/keys/${id}`)).status).toBe(200);
  await use(page, 4);
  await flushed(page);
  expect(await page.evaluate(() => window.tab.client.value('banner', false))).toBe(true);
  await use(page, 1);
  await flushed(page);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(6);
  expect(await counted()).toBe(0);
  expect(complaints).toEqual([]);
});

it('holds a bounded amount of what it cannot send for hours in a tab that nobody looks at', async () => {
  await context.clock.install();
  const page = await aTab();
  await page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
  });
  await context.setOffline(true);
  const session = await context.newCDPSession(page);
  const heap = async (hours: number) => {
    for (let minute = 0; minute < hours * 60; minute++) {
      await page.evaluate((at) => {
        for (let i = 0; i < 40; i++) {
          window.tab.client.value(`missing-${at}-${i}`, false);
          window.tab.client.track(`event-${at}-${i}`);
        }
        window.tab.use(40);
      }, minute);
      await context.clock.runFor(60_000);
    }
    await session.send('HeapProfiler.collectGarbage');
    return (await session.send('Runtime.getHeapUsage')).usedSize;
  };
  const early = await heap(3);
  expect(await heap(3)).toBeLessThan(early + 1_000_000);
  expect(complaints).toEqual([]);
}, 180_000);

declare global {
  interface Window {
    readonly tab: {
      readonly client: {
        value(key: string, fallback: boolean): boolean;
        track(event: string, context?: object, options?: { readonly value: number }): void;
        flush(): Promise<boolean>;
      };
      use(times: number): void;
    };
  }
}
