import { NotFoundException, PayloadTooLargeException } from '@nestjs/common';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { Refusal } from './errors.js';
import { refusalOf } from './problem.js';

function failure(code: string, more: object = {}): Error {
  return Object.assign(new Error('failed'), { code, ...more });
}

it.each([
  ['a transaction that must give way', failure('P2034'), 'database.unavailable'],
  [
    'a statement that took too long',
    failure('P2010', { meta: { driverAdapterError: { cause: { originalCode: '57014' } } } }),
    'database.timeout',
  ],
  ['a deadlock', failure('40P01'), 'database.unavailable'],
  ['a database that is away', new Error('query failed', { cause: failure('ECONNREFUSED') }), 'database.unavailable'],
  [
    'a raw query that finds nobody there',
    failure('P2010', { meta: { driverAdapterError: { cause: { kind: 'DatabaseNotReachable' } } } }),
    'database.unavailable',
  ],
  ['a connection that ends under a query', new Error('Connection terminated unexpectedly'), 'database.unavailable'],
  ['a pool without a free connection', new Error('timeout exceeded when trying to connect'), 'database.unavailable'],
  ['a row that somebody else made first', failure('P2002'), 'request.conflict'],
  ['NUL in a text', failure('P2010', { meta: { code: '22021' } }), 'request.invalid'],
  ['a body over its limit', Object.assign(new Error(), { statusCode: 413 }), 'body.too_large'],
  ['a type nobody reads', Object.assign(new Error(), { statusCode: 415 }), 'body.unsupported_type'],
  ["Nest's own refusals", new PayloadTooLargeException(), 'body.too_large'],
  ['an unknown route', new NotFoundException(), 'route.not_found'],
])('names %s', (_, error, code) => {
  expect(refusalOf(error)?.code).toBe(code);
});

it('lists every problem of a value that does not fit its schema, by JSON pointer', () => {
  const { error } = z.strictObject({ 'a/b': z.array(z.number()) }).safeParse({ 'a/b': [1, 'two'], extra: true });
  expect(refusalOf(error)?.facts.problems).toMatchObject([{ path: '/a~1b/1' }, { path: '/extra' }]);
});

it('passes a refusal on as it is', () => {
  const refusal = new Refusal('flag.not_found', { flag: 'x' });
  expect(refusalOf(refusal)).toBe(refusal);
});

it.each([new Error('a bug'), new TypeError('x is undefined'), 'text', null, Object.assign(new Error(), { statusCode: 500 })])(
  'foresees nothing else (%s)',
  (error) => {
    expect(refusalOf(error)).toBeNull();
  },
);
