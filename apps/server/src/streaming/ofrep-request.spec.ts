import { expect, it } from 'vitest';
import { Refusal } from '../errors.js';
import { configTag, contextOf, mayBeAhead } from './ofrep-request.js';

const codeOf = (body: unknown) => {
  try {
    return contextOf(body);
  } catch (error) {
    return error instanceof Refusal ? error.code : error;
  }
};

it('takes a missing body or context for an empty context', () => {
  for (const body of [undefined, {}, { other: 1 }, { context: {} }]) expect(codeOf(body)).toEqual({});
  expect(codeOf({ context: { a: [1] } })).toEqual({ a: [1] });
});

it('tells a body that cannot be read from a context that is none', () => {
  for (const body of [null, [], 'x', 1]) expect(codeOf(body)).toBe('body.malformed');
  for (const context of [null, [], 'x', 1, undefined]) expect(codeOf({ context })).toBe('context.invalid');
});

it.each([
  [{}, false],
  [{ flagConfigEtag: configTag({ revision: 7, checksum: 3 }) }, false],
  [{ flagConfigEtag: '6-3' }, false],
  [{ flagConfigEtag: 'W/"7-3"', flagConfigLastModified: '1' }, false],
  [{ flagConfigEtag: '8-3' }, true],
  [{ flagConfigEtag: '7-4' }, true],
  [{ flagConfigEtag: 'another' }, true],
  [{ flagConfigEtag: ['6-3', '8-3'] }, true],
  [{ flagConfigLastModified: '1' }, true],
])('at revision 7 takes the hint %j for one of something that is not here: %s', (hint, expected) => {
  expect(mayBeAhead(hint, { revision: 7, checksum: 3 })).toBe(expected);
});
