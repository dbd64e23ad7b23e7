import { expect, it } from 'vitest';
import { contextOf } from './context.js';

const at = new Date(0);
const text = '1970-01-01T00:00:00.000Z';

it('turns dates into texts, at any depth, and leaves the given context alone', () => {
  const context = { targetingKey: 'u1', at, never: new Date(Number.NaN), in: [{ at }, 1], plain: { a: [1] }, nan: Number.NaN };
  expect(contextOf(context)).toEqual({ ...context, at: text, never: null, in: [{ at: text }, 1] });
  expect(context.at).toBe(at);
});

it('hands on a context without dates as it is', () => {
  const context = { targetingKey: 'u1', nested: { list: [1, { nan: Number.NaN }] } };
  expect(contextOf(context)).toBe(context);
});

it('copies nothing that holds no date', () => {
  const dateless = { a: 1 };
  expect(contextOf({ at, dateless }).dateless).toBe(dateless);
});

it('looks once at what leads back to itself by many ways', () => {
  const members: Record<string, unknown> = { at };
  for (let i = 0; i < 100; i++) members[`member ${i}`] = members;
  expect(contextOf({ members })).toMatchObject({ members: { at: text } });
});

it('hands on what cannot be read', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const context = { at, proxy };
  expect(contextOf(context)).toBe(context);
});
