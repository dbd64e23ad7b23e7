import { type Flag, prepareFlag } from '@ballast/evaluation';
import { describe, expect, it } from 'vitest';
import { answerOf, bulkOf, bulkTag, type OfrepStream, type Question } from './ofrep-answers.js';

const STREAM: OfrepStream = { type: 'sse', endpoint: { requestUri: '/ofrep/v1/stream?token=t' } };

function aQuestion(changes: Partial<Question> = {}, flag: Partial<Flag> = {}): Question {
  const whole: Flag = {
    key: 'f',
    version: 4,
    type: 'number',
    state: 'on',
    variants: { zero: 0 },
    offVariant: null,
    prerequisites: [],
    rules: [],
    default: { variant: 'zero' },
    metadata: {},
    ...flag,
  };
  const held = { revision: 9, checksum: 1, flags: new Map([[whole.key, prepareFlag(whole)]]), segments: new Map() };
  return { identity: { keyId: 'k', environment: 'shop/live' }, held, context: {}, metadata: 'full', ...changes };
}

describe('given the metadata', () => {
  it("names the set, and the flag's version beside what the flag says itself", () => {
    expect(answerOf(aQuestion({}, { metadata: { team: 'a' } }), 'f')).toEqual({
      key: 'f',
      reason: 'STATIC',
      variant: 'zero',
      value: 0,
      metadata: { flagSetId: 'shop/live', version: '4', team: 'a' },
    });
  });

  it('lets a flag say another version of itself', () => {
    expect(answerOf(aQuestion({}, { metadata: { version: 'mine' } }), 'f').metadata).toEqual({ flagSetId: 'shop/live', version: 'mine' });
  });

  it('names the revision where there is no flag', () => {
    expect(answerOf(aQuestion(), 'other')).toEqual({
      key: 'other',
      errorCode: 'FLAG_NOT_FOUND',
      errorDetails: 'flag other not found',
      metadata: { flagSetId: 'shop/live', version: '9' },
    });
  });

  it('is left out where only what the flag says is wanted, and it says nothing', () => {
    const plain = aQuestion({ metadata: 'flag-only' });
    expect(bulkOf(plain, STREAM)).toEqual({ flags: [{ key: 'f', reason: 'STATIC', variant: 'zero', value: 0 }], eventStreams: [STREAM] });
  });
});

describe('given the tag of a bulk answer', () => {
  const tag = (changes: Partial<Question> = {}, stream: OfrepStream = STREAM) => bulkTag(aQuestion(changes), stream);

  it('is the same for the same context in another order', () => {
    expect(tag({ context: { a: 1, b: { c: 1, d: [2] } } })).toBe(tag({ context: { b: { d: [2], c: 1 }, a: 1 } }));
  });

  it('differs with everything that an answer follows from', () => {
    const { held } = aQuestion();
    const tags = [
      tag(),
      tag({ context: { a: 1 } }),
      tag({ context: { a: '1' } }),
      tag({ context: { a: [1] } }),
      tag({ context: { a: {} } }),
      tag({ context: { a: [] } }),
      tag({ held: { ...held, revision: 10 } }),
      tag({ held: { ...held, checksum: 2 } }),
      tag({ metadata: 'flag-only' }),
      tag({ identity: { keyId: 'k2', environment: 'shop/live' } }),
      tag({ identity: { keyId: 'k', environment: 'shop/test' } }),
      tag({}, { type: 'sse', url: 'https://flags.example/ofrep/v1/stream?token=t' }),
    ];
    expect(new Set(tags).size).toBe(tags.length);
  });
});
