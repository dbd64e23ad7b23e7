import { afterAll, beforeAll, expect, it } from 'vitest';
import { anExample, type Example } from './an-example.js';

let example: Example;

beforeAll(async () => {
  example = await anExample('examples/browser/src/main.js');
});

afterAll(() => example.stop());

it('the page without a bundler follows its context and every change, and counts', async () => {
  const when = { attribute: 'plan', op: 'in', values: ['pro'] };
  await example.serve('banner', { rules: [{ when, serve: { variant: 'sale' } }], variant: 'plain' });
  const { page, complaints } = await example.open();
  const shows = (id: string, text: string) => expect.poll(() => page.locator(`#${id}`).textContent()).toBe(text);
  await shows('banner', 'Our shop');
  await shows('status', 'ready');
  await page.selectOption('#plan', 'pro');
  await shows('banner', 'Sale today');
  await page.click('#pay');
  await shows('answer', 'paid in one step');
  await example.kill('new-checkout');
  await shows('pay', 'To the checkout');
  await page.click('#pay');
  await shows('answer', 'paid in three steps');
  expect(complaints).toEqual([]);
  await page.goto('about:blank');
  await expect.poll(() => example.totals('new-checkout'), { timeout: 10_000 }).toMatchObject({ ok: 2, err: 0 });
  await page.close();
});
