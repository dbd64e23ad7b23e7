import { expect, it } from 'vitest';
import { DAY, durationMs, durationText, HOUR, MINUTE } from './index.js';

it.each([
  [5 * MINUTE, '5m'],
  [HOUR, '1h'],
  [90 * MINUTE, '90m'],
  [36 * HOUR, '36h'],
  [3 * DAY, '3d'],
  [28 * DAY, '4w'],
  [30 * DAY, '30d'],
])('%d ms is written %s and read back', (ms, text) => {
  expect(durationText(ms)).toBe(text);
  expect(durationMs(text)).toBe(ms);
});

it.each(['', '5', 'm', '0m', '-5m', '1.5h', '1M', '5 m', '1h30m'])('%j is no fixed duration', (text) => {
  expect(durationMs(text)).toBeNull();
});
