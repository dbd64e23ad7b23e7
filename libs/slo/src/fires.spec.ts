import { expect, it } from 'vitest';
import { type BurnRule, fires, HOUR, isBelievable, isClear, MINUTE, NO_COUNTS } from './index.js';

const page: BurnRule = { severity: 'page', longMs: HOUR, shortMs: 5 * MINUTE, factor: 4, forMs: 0 };
const counts = (bad: number, all: number) => ({ bad, good: all - bad });

it('a tier fires when both windows burn faster than its factor, believably', () => {
  expect(fires(page, 0.01, counts(60, 600), counts(5, 50))).toBe(true);
});

it('a window that burns exactly at the factor does not fire', () => {
  expect(fires(page, 0.01, counts(24, 600), counts(5, 50))).toBe(false);
  expect(fires(page, 0.01, counts(60, 600), counts(2, 50))).toBe(false);
});

it('a past incident that the short window no longer sees does not fire', () => {
  expect(fires(page, 0.01, counts(60, 600), counts(0, 50))).toBe(false);
});

it('a blip that the long window hardly sees does not fire', () => {
  expect(fires(page, 0.01, counts(5, 600), counts(5, 50))).toBe(false);
});

it('few failures in little traffic are not believed: 3 of 60 may be chance, 6 are not', () => {
  expect(fires(page, 0.01, counts(3, 60), counts(3, 5))).toBe(false);
  expect(fires(page, 0.01, counts(5, 60), counts(5, 5))).toBe(false);
  expect(fires(page, 0.01, counts(6, 60), counts(5, 5))).toBe(true);
});

it('a single failure of a single request is believed, of two it is not', () => {
  expect(isBelievable(counts(1, 1), 4, 0.01)).toBe(true);
  expect(isBelievable(counts(1, 2), 4, 0.01)).toBe(false);
});

it('twenty failures are enough, whatever their bound', () => {
  expect(isBelievable(counts(19, 600), 3, 0.01)).toBe(false);
  expect(isBelievable(counts(20, 600), 3, 0.01)).toBe(true);
});

it('nothing fires where nothing happened', () => {
  expect(fires(page, 0.01, NO_COUNTS, NO_COUNTS)).toBe(false);
});

it('a tier is over when its short window is back within the factor', () => {
  expect(isClear(page, 0.01, counts(60, 600), counts(2, 50))).toBe(true);
  expect(isClear(page, 0.01, counts(60, 600), counts(3, 50))).toBe(false);
});

it('silence is no recovery: while the short window is empty, the long one decides', () => {
  expect(isClear(page, 0.01, counts(60, 600), NO_COUNTS)).toBe(false);
  expect(isClear(page, 0.01, counts(1, 100), NO_COUNTS)).toBe(true);
  expect(isClear(page, 0.01, NO_COUNTS, NO_COUNTS)).toBe(true);
});
