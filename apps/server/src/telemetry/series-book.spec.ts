import { expect, it } from 'vitest';
import type { Series, SeriesNames } from './series.js';
import { SeriesBook } from './series-book.js';

const now = 1_800_000_000_000;
const names: SeriesNames = { flag: 'cart', version: 7, variant: 'on', reason: 'SPLIT', stage: 'step-1', trust: 'client' };

function aBook(perFlag = 500) {
  const book = new SeriesBook(perFlag);
  const find = (change: Partial<SeriesNames>, { environmentId = 'shop', at = now } = {}): Series =>
    book.find(environmentId, { ...names, ...change }, at);
  return { book, find };
}

it('has one object for a series', () => {
  const { find } = aBook();
  expect(find({})).toEqual({ ...names, environmentId: 'shop', id: null });
  expect(find({})).toBe(find({}));
  for (const change of [
    { version: 8 },
    { variant: 'off' },
    { reason: 'STATIC' },
    { stage: '' },
    { trust: 'server' as const },
    { flag: 'b' },
  ])
    expect(find(change)).toMatchObject(change);
});

it('bounds the series of a flag, and counts more in one per variant', () => {
  const { find } = aBook(3);
  for (const version of [1, 2, 3]) expect(find({ version })).toMatchObject({ version, reason: 'SPLIT' });
  const shared = find({ version: 4 });
  expect(shared).toMatchObject({ version: 0, variant: 'on', reason: 'OVERFLOW', stage: '' });
  expect(find({ version: 5 })).toBe(shared);
  expect(find({ version: 4, variant: 'off' })).toMatchObject({ variant: 'off', reason: 'OVERFLOW' });
  expect(find({ version: 2 })).toMatchObject({ version: 2, reason: 'SPLIT' });
});

it('bounds each flag, environment and kind of key for itself, and starts anew with each hour', () => {
  const { find } = aBook(1);
  find({ version: 1 });
  expect(find({ version: 2 }).reason).toBe('OVERFLOW');
  expect(find({ version: 2, flag: 'other' }).reason).toBe('SPLIT');
  expect(find({ version: 2, trust: 'server' }).reason).toBe('SPLIT');
  expect(find({ version: 2 }, { environmentId: 'bank' }).reason).toBe('SPLIT');
  expect(find({ version: 2 }, { at: now + 3_600_000 }).reason).toBe('SPLIT');
});

it('bounds the series of an environment', () => {
  const { find } = aBook(10_000);
  let own = 0;
  for (let flag = 0; flag < 11; flag++) {
    for (let version = 0; version < 10_000; version++) own += find({ flag: `f${flag}`, version }).reason === 'SPLIT' ? 1 : 0;
  }
  expect(own).toBe(100_000);
});

it('gives those their place that were counted before it was there, but not what they shared', () => {
  const { book, find } = aBook(2);
  expect(book.isOpen('shop', now)).toBe(false);
  book.open('shop', [
    { ...names, version: 1 },
    { ...names, version: 1 },
    { ...names, version: 0, reason: 'OVERFLOW', stage: '' },
  ]);
  expect(book.isOpen('shop', now)).toBe(true);
  expect(find({ version: 2 }).reason).toBe('SPLIT');
  expect(find({ version: 3 }).reason).toBe('OVERFLOW');
  expect(find({ version: 1 }).reason).toBe('SPLIT');
});
