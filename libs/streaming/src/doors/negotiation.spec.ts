import { expect, it } from 'vitest';
import { acceptsGzip, holds } from './negotiation.js';
import { isAllowedOrigin } from './origins.js';

it.each([
  ['W/"a"', true],
  ['"a"', true],
  ['"b", W/"a"', true],
  ['*', true],
  ['"b"', false],
  ['', false],
  [undefined, false],
])('a client that sends If-None-Match %j holds W/"a": %j', (sent, held) => {
  expect(holds(sent, 'W/"a"')).toBe(held);
});

it.each([
  ['gzip', true],
  ['br, GZIP;q=0.5', true],
  ['*', true],
  ['gzip;q=0', false],
  ['gzip; q=0.00, *', false],
  ['br', false],
  ['', false],
  [undefined, false],
])('a client that sends Accept-Encoding %j reads gzip: %j', (sent, reads) => {
  expect(acceptsGzip(sent)).toBe(reads);
});

it.each([
  [undefined, [], true],
  ['https://shop.example', ['https://shop.example'], true],
  ['https://evil.example', ['https://shop.example'], false],
  ['https://evil.example', ['*'], true],
  ['http://flags.example:4400', [], true],
  ['null', [], false],
])('a page of %j is let in where %j are allowed: %j', (origin, allowed, isIn) => {
  expect(isAllowedOrigin(origin, 'flags.example:4400', allowed)).toBe(isIn);
});
