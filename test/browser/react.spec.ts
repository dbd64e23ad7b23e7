import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aBrowser, aSite, type Site } from './a-browser.js';
import { App } from './react-page.js';

/** The page's own client, as its tests use it. */
interface InPage {
  readonly client: {
    set(key: string, value: unknown): void;
    setContext(context: object): void;
    counts(key: string): { readonly exposures: number };
  };
  readonly rendered: string[];
  readonly errors: string[];
  mount(isStrict: boolean): void;
  hydrate(bootstrap: object): void;
  setPlan(plan: string): void;
}

const flag = (key: string, type: string, value: unknown) => ({
  key,
  version: 1,
  type,
  state: 'on',
  variants: { the: value },
  offVariant: null,
  prerequisites: [],
  rules: [],
  default: { variant: 'the' },
  metadata: {},
});

const bootstrap = {
  environment: 'shop/live',
  revision: 1,
  flags: { banner: flag('banner', 'string', 'from the server'), limits: flag('limits', 'object', { max: 7 }) },
  segments: {},
} as const;

let browser: Browser;
let site: Site;
let page: Page;

beforeAll(async () => {
  const [script] = (
    await build({
      entryPoints: [new URL('react-page.ts', import.meta.url).pathname],
      bundle: true,
      format: 'esm',
      conditions: ['@ballast/source'],
      // The development build of React, which is the one that complains.
      define: { 'process.env.NODE_ENV': '"development"' },
      write: false,
    })
  ).outputFiles;
  // The server's rendering, from the same bootstrap and without a live client to look at.
  const html = renderToString(createElement(App, { bootstrap: JSON.parse(JSON.stringify(bootstrap)) }));
  const document = (main: string) =>
    `<!doctype html><title>React</title><main>${main}</main><script type="module" src="/page.js"></script>`;
  browser = await aBrowser();
  site = await aSite({
    '/': ['text/html', document('')],
    '/rendered': ['text/html', document(html)],
    '/favicon.ico': ['image/x-icon', ''],
    '/page.js': ['text/javascript', script?.text ?? ''],
  });
});

afterAll(async () => {
  await browser.close();
  await site.stop();
});

afterEach(() => page.close());

const complaints: string[] = [];

async function open(path: string): Promise<void> {
  complaints.length = 0;
  page = await browser.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${site.origin}${path}`);
  await page.waitForFunction(() => 'page' in window);
}

const text = (id: string) => page.locator(`#${id}`).textContent();
const shows = (id: string, wanted: string) => expect.poll(() => text(id)).toBe(wanted);
/** Runs in the page. */
function inPage<T>(work: (its: InPage, given: never) => T, given?: unknown): Promise<T> {
  return page.evaluate<T, undefined>(`(${work})(window.page, ${JSON.stringify(given)})`, undefined);
}

const mount = async (isStrict: boolean) => {
  await open('/');
  await inPage((its, strict) => {
    its.client.set('banner', 'first');
    its.client.set('limits', { max: 1 });
    its.mount(strict);
  }, isStrict);
  await shows('banner', 'first');
  await shows('limits', '1 STATIC');
};

describe.each([
  ['plainly', false],
  ['in StrictMode', true],
])('given components that are rendered %s', (_name, isStrict) => {
  const renderedBy = async (work: (its: InPage) => void, done: () => Promise<void>) => {
    const before = await inPage((its) => its.rendered.length);
    await inPage(work);
    await done();
    return [...new Set((await inPage((its) => its.rendered)).slice(before))];
  };

  it('renders only those again whose flags changed', async () => {
    await mount(isStrict);
    expect(
      await renderedBy(
        (its) => its.client.set('banner', 'second'),
        () => shows('banner', 'second'),
      ),
    ).toEqual(['banner second']);
    const seesLimits = () => shows('limits', '2 STATIC');
    expect(await renderedBy((its) => its.client.set('limits', { max: 2 }), seesLimits)).toEqual(['limits 2 STATIC']);
    expect(
      await renderedBy(
        (its) => {
          its.client.set('other', true);
          its.client.set('banner', 'second');
          its.client.set('limits', { max: 3 });
        },
        () => shows('limits', '3 STATIC'),
      ),
    ).toEqual(['limits 3 STATIC']);
    expect(complaints).toEqual([]);
  });

  it('follows the context of the provider and of the client', async () => {
    await mount(isStrict);
    await page.evaluate(`page.client.set('banner', ({ plan, country }) => plan + ' ' + country)`);
    await shows('banner', 'free undefined');
    await inPage((its) => its.setPlan('pro'));
    await shows('banner', 'pro undefined');
    await inPage((its) => its.client.setContext({ country: 'fi' }));
    await shows('banner', 'pro fi');
    expect(complaints).toEqual([]);
  });

  it('shows what changed while a component was away', async () => {
    await mount(isStrict);
    await page.click('button');
    await expect.poll(() => page.locator('#banner').count()).toBe(0);
    await inPage((its) => its.client.set('banner', 'meanwhile'));
    await page.click('button');
    await shows('banner', 'meanwhile');
    expect(complaints).toEqual([]);
  });
});

it('evaluates a flag once for each change, however often it is rendered', async () => {
  await mount(false);
  await inPage((its) => {
    for (let i = 0; i < 3; i++) its.setPlan('free');
    its.client.set('banner', 'second');
  });
  await shows('banner', 'second');
  expect(await inPage((its) => [its.client.counts('banner').exposures, its.client.counts('limits').exposures])).toEqual([2, 1]);
});

it('hydrates what the server rendered from the bootstrap without a flash, then shows what is newer', async () => {
  await open('/rendered');
  expect([await text('banner'), await text('limits')]).toEqual(['from the server', '7 STATIC']);
  await inPage((its, snapshot) => {
    its.client.set('banner', 'newer');
    its.client.set('limits', { max: 7 });
    its.hydrate(snapshot);
  }, bootstrap);
  await shows('banner', 'newer');
  const rendered = (await inPage((its) => its.rendered)).filter((line) => line.startsWith('banner'));
  expect(rendered[0]).toBe('banner from the server');
  expect(rendered.at(-1)).toBe('banner newer');
  expect(await inPage((its) => its.errors)).toEqual([]);
  expect(complaints).toEqual([]);
  await inPage((its) => its.client.set('banner', 'live'));
  await shows('banner', 'live');
});
