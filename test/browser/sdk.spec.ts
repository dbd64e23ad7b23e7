import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { aLine, type Line } from '../harness/a-line.js';
import { api, aServer, type TestServer } from '../harness/index.js';
import { aBrowser, aSite, type Site } from './a-browser.js';

const BUNDLE = createRequire(import.meta.url).resolve('../../sdk/dist/browser.js');

const PAGE = `<!doctype html><title>shop</title><script type="module">
  import { createClient } from '/ballast.js';
  const { url, key } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const seen = (window.seen = []);
  const client = (window.client = createClient({ url, key, context: { targetingKey: 'user-7' }, telemetry: true }));
  for (const event of ['ready', 'stale', 'configurationChanged', 'error']) client.on(event, () => seen.push(event));
</script>`;

describe('given a page of another origin with the SDK in it', () => {
  let browser: Browser;
  let site: Site;
  let server: TestServer;
  let page: Page;

  beforeAll(async () => {
    browser = await aBrowser();
    site = await aSite({ '/': ['text/html', PAGE], '/ballast.js': ['text/javascript', await readFile(BUNDLE, 'utf8')] });
  });

  afterAll(async () => {
    await browser.close();
    await site.stop();
  });

  beforeEach(async () => {
    server = await aServer({ settings: { allowedOrigins: [site.origin] } });
    const admin = api(server);
    const flag = { key: 'banner', kind: 'release', type: 'boolean', variants: { on: true, off: false }, owner: 'team-shop', ttlDays: 30 };
    expect((await admin.post('/api/v1/projects/default/flags', { ...flag, clientVisible: true })).status).toBe(201);
    expect((await admin.post('/api/v1/projects/default/flags', { ...flag, key: 'secret' })).status).toBe(201);
    await serve('banner', 'on');
    page = await browser.newPage();
    await open(server);
    return async () => {
      await page.close();
      await server.stop();
    };
  });

  const open = ({ url }: { readonly url: string }) => page.goto(`${site.origin}/#url=${url}&key=${server.clientKey}`);

  async function serve(flag: string, variant: string): Promise<void> {
    const path = `/api/v1/projects/default/flags/${flag}/environments/development`;
    const saved = await api(server).put(path, { on: true, offVariant: 'off', default: { variant } });
    expect(saved.status).toBe(200);
  }

  const shows = (value: boolean) => page.waitForFunction((wanted) => window.client.value('banner', !wanted) === wanted, value);

  it('serves what the server holds, and what changes, within the page', async () => {
    await shows(true);
    await serve('banner', 'off');
    await shows(false);
    expect(await page.evaluate(() => window.seen)).toContain('configurationChanged');
  });

  it('follows a kill', async () => {
    await shows(true);
    await api(server).post('/api/v1/projects/default/flags/banner/environments/development/kill', { reason: 'wrong colour' });
    await shows(false);
    expect(await page.evaluate(() => window.client.details('banner', true).reason)).toBe('DISABLED');
  });

  it('never sees a flag that is not client-visible', async () => {
    await shows(true);
    expect(await page.evaluate(() => window.client.details('secret', true).errorCode)).toBe('FLAG_NOT_FOUND');
  });

  it('serves the last known good after a reload while the server is gone', async () => {
    await shows(true);
    await page.waitForFunction(() => Object.keys(localStorage).length > 0);
    await server.app.close();
    await page.waitForFunction(() => window.seen.includes('stale'));
    await page.reload();
    await shows(true);
  });

  it('goes on when its storage is full', async () => {
    await shows(true);
    const uncaught: string[] = [];
    page.on('pageerror', ({ message }) => uncaught.push(message));
    await page.evaluate(() => {
      for (let text = 'x'.repeat(1 << 22); text.length > 0; text = text.slice(text.length / 2 + 1)) {
        try {
          localStorage.setItem(`filler ${text.length}`, text);
        } catch {
          // What is left is too small for this one.
        }
      }
    });
    await serve('banner', 'off');
    const warned = page.waitForEvent('console', (message) => message.text().includes('Quota'));
    await page.reload();
    await shows(false);
    await warned;
    await serve('banner', 'on');
    await shows(true);
    expect(uncaught).toEqual([]);
  });

  it('counts what it evaluated, by the time the page is left', async () => {
    await shows(true);
    await page.goto('about:blank');
    const counted = async () => {
      const answer = await api(server).get('/api/v1/projects/default/flags/banner/environments/development/exposures');
      return answer.body.totals.exposures;
    };
    await expect.poll(counted).toBeGreaterThan(0);
  });

  describe('and a line that fails', () => {
    let line: Line;

    beforeEach(async () => {
      line = await aLine(server.url);
      await page.goto('about:blank');
      return () => line.down();
    });

    const hears = (event: string) => page.waitForFunction((wanted) => window.seen.includes(wanted), event);

    it.each([500, 'garbage', 'truncated'] as const)('recovers from a first answer that is %s', async (fault) => {
      line.takesSockets = false;
      line.fault = fault;
      await open(line);
      await hears('error');
      expect(await page.evaluate(() => window.client.details('banner', false).errorCode)).toBe('PROVIDER_NOT_READY');
      line.fault = undefined;
      await shows(true);
    });

    it('notices that its stream is silent although it is open', async () => {
      await open(line);
      await shows(true);
      await vi.waitFor(() => expect(line.sockets).toBe(1));
      line.silence();
      await serve('banner', 'off');
      await hears('stale');
      line.speak();
      await shows(false);
    });
  });
});

declare global {
  interface Window {
    readonly seen: string[];
    readonly client: {
      value(key: string, fallback: boolean): boolean;
      details(key: string, fallback: boolean): { readonly reason: string; readonly errorCode?: string };
    };
  }
}
