import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aServer, type TestServer } from '../harness/index.js';
import { aBrowser } from './a-browser.js';

let browser: Browser;
let server: TestServer;

beforeAll(async () => {
  [browser, server] = await Promise.all([aBrowser(), aServer()]);
});

afterAll(async () => {
  await browser.close();
  await server.stop();
});

it('shows every operation of the API without asking anybody else for anything', async () => {
  const page = await browser.newPage();
  const asked: string[] = [];
  const wrong: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).origin));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(error.message));
  await page.goto(`${server.url}/docs`);
  const text = await page.innerText('body');
  const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as { readonly paths: object };
  for (const path of Object.keys(paths)) expect(text).toContain(path);
  expect(new Set(asked)).toEqual(new Set([server.url]));
  expect(wrong).toEqual([]);
  await page.close();
});
