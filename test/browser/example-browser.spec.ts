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

it('the page with insights tells of orders per variant, of slow and repeated ones, and of invalid coupons', async () => {
  await example.serve('banner', { variant: 'sale' });
  await example.serve('new-checkout', { variant: 'on' });
  const { page, complaints } = await example.open('/insights');
  await expect.poll(() => page.locator('#banner').textContent()).toBe('Sale today');
  await page.fill('#coupon', 'spring!');
  await page.click('#pay');
  await expect.poll(() => page.locator('#answer').textContent()).toBe('ordered');
  await page.goto('about:blank');
  await expect
    .poll(() => example.events('banner'), { timeout: 10_000 })
    .toMatchObject([{ event: 'order', variant: 'sale', count: 1, sum: 49.9 }]);
  expect(await example.health('new-checkout')).toEqual({ retries: 1, validated: 1, invalid: 1, slowMs: [100, 500], slowN: [1, 0] });
  expect(complaints).toEqual([]);
  await page.close();
});
