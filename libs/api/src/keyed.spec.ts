import { expect, it } from 'vitest';
import { z } from 'zod';
import { keyed } from './keyed.js';

const counts = z.strictObject({ counts: keyed(z.string().max(12), z.strictObject({ n: z.number() })) });

it('keeps members whatever their names', () => {
  const given = JSON.parse('{"counts":{"__proto__":{"n":1},"constructor":{"n":2},"🙂":{"n":3}}}');
  const parsed = counts.parse(given);
  expect(Object.entries(parsed.counts)).toEqual([
    ['__proto__', { n: 1 }],
    ['constructor', { n: 2 }],
    ['🙂', { n: 3 }],
  ]);
});

it('reports every problem where it is', () => {
  const parsed = counts.safeParse({ counts: { a: { n: 'x' }, 'a name too long': { n: 1 }, b: { n: 1, m: 2 } } });
  expect(parsed.error?.issues.map((issue) => issue.path.join('/')).sort()).toEqual(['counts/a name too long', 'counts/a/n', 'counts/b']);
});

it('refuses what is no object', () => {
  expect(['x', null, 3, []].map((value) => counts.safeParse({ counts: value }).success)).toEqual([false, false, false, false]);
});
