import type { JsonValue } from '@openfeature/server-sdk';
import { RECORD } from './flags.js';

/** The five kinds of flag that the specification tells apart. */
export type Kind = 'boolean' | 'string' | 'integer' | 'float' | 'object';

/** A provider in one of the states that it can be in. */
export type State = 'ready' | 'not ready' | 'error' | 'fatal' | 'stale';

/** One question to a client, and what its evaluation details must hold. */
export interface Question {
  readonly kind: Kind;
  readonly key: string;
  readonly fallback: JsonValue;
  readonly context?: Readonly<Record<string, JsonValue>>;
  readonly expected: Readonly<Record<string, unknown>>;
}

/** One behaviour that OpenFeature wants of a provider behind its SDK, with the number of the requirement it follows from. */
export interface Behaviour {
  readonly requirement: string;
  readonly what: string;
  readonly state: State;
  readonly question?: Question;
  /** One that is more than a question; the runner knows it by this name. */
  readonly scene?: string;
  /** Why Ballast does not do this; it then must do what the question expects instead. */
  readonly instead?: string;
}

interface Sample {
  readonly kind: Kind;
  readonly key: string;
  readonly fallback: JsonValue;
  readonly value: JsonValue;
  readonly variant: string;
  readonly zero: JsonValue;
}

const SAMPLES: readonly Sample[] = [
  { kind: 'boolean', key: 'bool', fallback: false, value: true, variant: 'yes', zero: false },
  { kind: 'string', key: 'text', fallback: 'tschüss', value: 'moin', variant: 'hello', zero: '' },
  { kind: 'integer', key: 'int', fallback: 3, value: 12, variant: 'dozen', zero: 0 },
  { kind: 'float', key: 'real', fallback: 0.3, value: 0.25, variant: 'quarter', zero: 0 },
  { kind: 'object', key: 'record', fallback: { mine: 1 }, value: RECORD, variant: 'filled', zero: {} },
];

const STAFF = { email: 'ada@staff.example' };
const others = (value: JsonValue): JsonValue =>
  typeof value === 'boolean' ? !value : typeof value === 'object' ? { mine: 1 } : typeof value === 'number' ? 3 : 'x';

type Ask = (sample: Sample) => Omit<Question, 'kind'>;

function forEach(
  requirement: string,
  what: string,
  ask: Ask,
  how: { readonly state?: State; readonly kinds?: readonly Kind[] } = {},
): Behaviour[] {
  const { state = 'ready', kinds } = how;
  const samples = SAMPLES.filter(({ kind }) => kinds?.includes(kind) ?? true);
  return samples.map((sample) => ({
    requirement,
    what: `${what}: ${sample.kind}`,
    state,
    question: { kind: sample.kind, ...ask(sample) },
  }));
}

function one(requirement: string, what: string, kind: Kind, question: Omit<Question, 'kind'>): Behaviour {
  return { requirement, what, state: 'ready', question: { kind, ...question } };
}

const scene = (requirement: string, what: string, name: string): Behaviour => ({ requirement, what, state: 'ready', scene: name });

function mismatch(key: string, kind: Kind, fallback: JsonValue): Behaviour {
  const expected = { value: fallback, reason: 'ERROR', errorCode: 'TYPE_MISMATCH' };
  return one('1.3.4', `answers the default to who asks ${key} for ${kind}`, kind, { key, fallback, expected });
}

const failed =
  (errorCode: string): Ask =>
  ({ key, fallback }) => ({ key, fallback, expected: { value: fallback, reason: 'ERROR', errorCode } });

const targeted =
  (context: Question['context'], reason: string): Ask =>
  ({ key, zero }) => ({
    key: `${key}-staff`,
    fallback: others(zero),
    ...(context && { context }),
    expected: { value: zero, reason, variant: reason === 'DEFAULT' ? 'none' : 'empty' },
  });

const statuses: readonly (readonly [State, string])[] = [
  ['ready', '1.7.3'],
  ['not ready', '1.7.1'],
  ['error', '1.7.4'],
  ['fatal', '1.7.5'],
  ['stale', '1.7.1'],
];

/** The ninety, in the order of the suite that OpenFeature keeps for its SDKs: evaluation, hooks, flag metadata, tracking. */
export const behaviours: readonly Behaviour[] = [
  ...forEach('1.4.3', 'resolves a value', ({ key, fallback, value }) => ({ key, fallback, expected: { value } })),
  ...forEach('2.2.3', 'resolves what is empty as the value it is', ({ key, zero }) => ({
    key: `${key}-zero`,
    fallback: others(zero),
    expected: { value: zero, reason: 'STATIC', variant: 'empty' },
  })),
  ...forEach('1.4.7', 'resolves what is empty through a rule', targeted(STAFF, 'TARGETING_MATCH')),
  ...forEach('1.4.7', 'resolves what is empty by default when no rule matches', targeted({ email: 'bob@else.example' }, 'DEFAULT')),
  ...forEach('1.4.8', 'knows no such flag', ({ fallback }) => ({
    key: 'nowhere',
    fallback,
    expected: { value: fallback, reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' },
  })),
  mismatch('bool', 'string', 'x'),
  mismatch('text', 'boolean', false),
  mismatch('text', 'integer', 3),
  mismatch('text', 'object', {}),
  ...forEach('1.7.6', 'answers the default before it is ready', failed('PROVIDER_NOT_READY'), { state: 'not ready' }),
  ...forEach('1.7.7', 'answers the default when nothing will mend it', failed('PROVIDER_FATAL'), { state: 'fatal' }),
  ...forEach('1.4.5', 'names flag, variant and reason', ({ key, fallback, value, variant }) => ({
    key,
    fallback,
    expected: { flagKey: key, value, variant, reason: 'STATIC' },
  })),
  one('1.4.14', 'hands on the metadata of a flag', 'boolean', {
    key: 'described',
    fallback: false,
    expected: { flagMetadata: { text: '1.0.2', count: 2, share: 0.1, sure: true } },
  }),
  ...forEach('1.3.1.1', 'falls back to the default without a context', targeted(undefined, 'DEFAULT')),
  ...forEach('1.3.1.1', 'falls back to the default with null in the context', targeted({ email: null }, 'DEFAULT')),
  one('1.3.1.1', 'decides by several attributes', 'string', {
    key: 'audience',
    fallback: 'nobody',
    context: { ...STAFF, role: 'admin', age: 65, customer: false },
    expected: { value: 'INSIDE', reason: 'TARGETING_MATCH' },
  }),
  one('1.3.1.1', 'resolves a structure whole', 'object', { key: 'record', fallback: {}, expected: { value: RECORD, reason: 'STATIC' } }),
  ...forEach('1.4.6', 'names the variant', ({ key, fallback, variant }) => ({ key, fallback, expected: { variant } })),
  ...['bool', 'text'].map((key, i): Behaviour => {
    const [kind, fallback] = i === 0 ? (['boolean', false] as const) : (['string', 'x'] as const);
    const asked = one('1.4.7', `says CACHED the second time: ${kind}`, kind, { key, fallback, expected: { reason: 'STATIC' } });
    return { ...asked, instead: 'every answer is evaluated, none is kept' };
  }),
  one('1.4.7', 'leaves a disabled flag to the default: boolean', 'boolean', {
    key: 'bool-off',
    fallback: false,
    expected: { value: false, reason: 'DISABLED' },
  }),
  one('1.4.7', 'leaves a disabled flag to the default: string', 'string', {
    key: 'text-off',
    fallback: 'x',
    expected: { value: 'x', reason: 'DISABLED' },
  }),
  one('1.4.13', 'says what went wrong', 'boolean', {
    key: 'failing',
    fallback: false,
    expected: { reason: 'ERROR', errorMessage: 'flag failing not found' },
  }),
  ...statuses.map(([state, requirement]): Behaviour => ({ requirement, what: `has the status ${state}`, state, scene: 'status' })),
  scene('1.5.1', 'runs the hooks of one evaluation, in order', 'option hooks'),
  ...(
    [
      ['text', 'boolean', false],
      ['bool', 'string', 'x'],
      ['bool', 'integer', 3],
      ['bool', 'float', 0.3],
    ] as const
  ).map(([key, kind, fallback]) =>
    one('1.3.4', `never takes ${key} for ${kind}`, kind, { key, fallback, expected: { value: fallback, errorCode: 'TYPE_MISMATCH' } }),
  ),
  scene('1.4.14.1', 'leaves the context as it is, and hands out metadata that nobody can change', 'immutable'),
  scene('1.4.12', 'lets the program go on while it evaluates', 'concurrent'),
  scene('4.3.6', 'hands the details of an answer to hooks', 'hooks: answer'),
  scene('4.3.7', 'hands the details of an unknown flag to hooks', 'hooks: not found'),
  scene('4.3.8', 'hands the details of a flag of another type to hooks', 'hooks: mismatch'),
  one('1.4.14', 'hands on the metadata of a flag, again beside no other', 'boolean', {
    key: 'described',
    fallback: true,
    expected: { flagMetadata: { text: '1.0.2', count: 2, share: 0.1, sure: true } },
  }),
  ...forEach(
    '1.4.15',
    'hands on nothing where a flag has no metadata',
    ({ key, fallback }) => ({ key, fallback, expected: { flagMetadata: {} } }),
    {
      kinds: ['boolean', 'integer', 'float', 'string'],
    },
  ),
  scene('6.1.1.1', 'tracks no event without a name', 'track: empty'),
  scene('6.1.1.1', 'tracks no event whose name is none', 'track: null'),
  scene('2.7.1', 'tracks an event', 'track'),
];
