import { expect, it } from 'vitest';
import { fingerprintOf, parseIdempotencyKey, withoutSecret } from './idempotency.js';

it.each([
  ['"8e03978e-40d5"', '8e03978e-40d5'],
  ['8e03978e-40d5', '8e03978e-40d5'],
  ['"a \\"quoted\\" \\\\ key"', 'a "quoted" \\ key'],
  ['""', null],
  ['', null],
  ['"half', null],
  ['ключ', null],
  ['k'.repeat(256), null],
])('reads %j as %j', (header, key) => {
  expect(parseIdempotencyKey(header)).toBe(key);
});

it('tells requests apart by method, URL and body', () => {
  const requests = [
    { method: 'POST', url: '/a', body: { x: 1 } },
    { method: 'PUT', url: '/a', body: { x: 1 } },
    { method: 'POST', url: '/a?dryRun=true', body: { x: 1 } },
    { method: 'POST', url: '/a', body: { x: 2 } },
    { method: 'POST', url: '/a' },
  ];
  expect(new Set(requests.map((request) => Buffer.from(fingerprintOf(request)).toString('hex'))).size).toBe(5);
  expect(fingerprintOf({ method: 'POST', url: '/a', body: { x: 1 } })).toEqual(
    fingerprintOf({ method: 'POST', url: '/a', body: { x: 1 } }),
  );
});

it('stores no secret', () => {
  expect(withoutSecret({ id: '1', secret: 'blst_api_x' })).toEqual({ id: '1', secret: null });
  expect([withoutSecret({ id: '1' }), withoutSecret([1]), withoutSecret(null)]).toEqual([{ id: '1' }, [1], null]);
});
