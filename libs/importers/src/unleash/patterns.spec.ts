import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, it } from 'vitest';
import { toPattern } from './patterns.js';

const piece = fc.constantFrom(
  ...['a', 'B', 'k', '1', '-', ' ', '.', '\\.', '\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\b', '\\n', '\\x41', '\\x{e9}', '\\pL', '\\PN'],
  ...['[abc]', '[^a-c]', '[[:alpha:]1]', '[^[:space:]]', '[\\d.-]', '[]a]', '[a\\]-]', '[ -~]', '{', '}', ']', '\\-', '\\/', 'é', '🙂'],
);
const quantified = fc.tuple(piece, fc.constantFrom('', '', '', '*', '+?', '?', '{2}', '{1,}', '{0,2}?')).map(([one, count]) => one + count);
const { pattern } = fc.letrec((tie) => ({
  pattern: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.array(quantified, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom('(', '(?:', '(?i:', '(?P<n>', '(?s:'), tie('pattern')).map(([open, inner]) => `${open}${inner})`),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `${a}|${b}`),
    fc.tuple(fc.constantFrom('^', '(?i)', '(?m)^', '(?s)', '\\A', '^(?i)'), tie('pattern')).map(([before, inner]) => before + inner),
    fc.tuple(tie('pattern'), fc.constantFrom('$', '\\z', '(?m)$')).map(([inner, after]) => inner + after),
  ),
}));
const text = fc.array(fc.constantFrom('a', 'A', 'b', 'B', 'k', '1', '-', ' ', '\n', '.', '\\', 'é', 'É', '🙂', '{', ']'), { maxLength: 8 });

it('finds in a text exactly what RE2 finds, for every pattern that is taken', () => {
  let taken = 0;
  const property = fc.property(
    fc.oneof(pattern.map(String)),
    fc.boolean(),
    fc.array(text, { minLength: 1 }),
    (source, isCaseIgnored, texts) => {
      const read = toPattern(source, isCaseIgnored);
      fc.pre(read !== null && !('reason' in read));
      if (read === null || 'reason' in read) return;
      taken += 1;
      const theirs = RE2JS.compile(source, isCaseIgnored ? RE2JS.CASE_INSENSITIVE : 0);
      const ours = new RegExp(read.source, read.ignoreCase ? 'iu' : 'u');
      for (const one of texts.map((parts) => parts.join('')))
        expect([source, read, one, ours.test(one)]).toEqual([source, read, one, theirs.matcher(one).find()]);
    },
  );
  fc.assert(property, { numRuns: 3_000 });
  expect(taken).toBeGreaterThan(2_000);
});

it.each(['(', '^(?=a)b$', '^(a)\\1$', 'a**', '[z-a]', '(?<=a)'])('knows that RE2 refuses %s', (source) => {
  expect(toPattern(source, false)).toBeNull();
});

it.each([
  ['(?i)a(?-i)b', 'minds the case'],
  ['(?m)a$b', 'edge of a line'],
  ['(?m)(^a)', 'edge of a line'],
  ['(?i)\\pL', 'class of Unicode'],
  ['\\p{Greek}', 'nothing here means the same'],
  ['\\Qa.b\\E', 'nothing here means the same'],
  ['[[:^alpha:]]', 'negated class'],
  ['[\\S]', 'nothing here means the same'],
])('refuses %s, which %s', (source, reason) => {
  expect(toPattern(source, false)).toEqual({ reason: expect.stringContaining(reason) });
});
