import { afterAll, beforeAll, expect, it } from 'vitest';
import { anExample, type Example } from './an-example.js';

let example: Example;

beforeAll(async () => {
  example = await anExample('examples/react/src/main.js');
});

afterAll(() => example.stop());

it('the React example shows the flags before any script has run', async () => {
  const html = await (await fetch(example.url)).text();
  expect(html).toContain('<h1 id="banner">Sale today</h1>');
  expect(html).toContain('Buy now');
});

it('the React example hydrates without a complaint, follows changes, and counts', async () => {
  const { page, complaints } = await example.open();
  await page.click('#pay');
  await expect.poll(() => page.locator('#answer').textContent()).toBe('paid in one step');
  await example.serve('banner', { variant: 'plain' });
  await expect.poll(() => page.locator('#banner').textContent()).toBe('Our shop');
  await example.kill('new-checkout');
  await expect.poll(() => page.locator('#pay').textContent()).toBe('To the checkout');
  await page.click('#pay');
  await expect.poll(() => page.locator('#answer').textContent()).toBe('paid in three steps');
  expect(complaints).toEqual([]);
  await page.goto('about:blank');
  await expect.poll(() => example.totals('new-checkout'), { timeout: 10_000 }).toMatchObject({ ok: 2, err: 0 });
  await page.close();
});
