import type { Applied, Delta, Goodbye, Handshake, Reset, Resync, Snapshot } from './messages.js';
import { type Check, count, each, either, isCount, isRecord, oneOf, optional, type Parse, parser, shape, text, when } from './shape.js';

const DEEPEST = 128;
const anyText = text();
const orNull = (check: Check): Check => either(check, oneOf(null));

/** JSON as it may be hashed and evaluated: bounded in depth, numbers finite. */
function isJson(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((member) => isJson(member, depth - 1));
}

const split: Check = shape({
  by: anyText,
  hash: anyText,
  salt: anyText,
  stage: optional(anyText),
  share: count,
  weights: each(
    'list',
    when((pair) => Array.isArray(pair) && typeof pair[0] === 'string' && isCount(pair[1])),
  ),
  rest: orNull(anyText),
});

/** A split whose hash this version does not know may hold anything: the engine passes over its rule. */
const knownSplit: Check = (value) =>
  isRecord(value) && typeof value.hash === 'string' && value.hash !== 'native' ? undefined : split(value);

const serve: Check = either(shape({ split: knownSplit }), shape({ variant: anyText }));

const flag: Check = shape({
  key: anyText,
  version: count,
  type: oneOf('boolean', 'string', 'number', 'object'),
  state: oneOf('on', 'off', 'killed'),
  variants: each(
    'record',
    when((value) => value !== null),
  ),
  offVariant: orNull(anyText),
  prerequisites: each('list', shape({ flag: anyText, variants: each('list', anyText) })),
  rules: each('list', shape({ id: anyText, when: when(isRecord), serve })),
  default: orNull(serve),
  metadata: each(
    'record',
    when((value) => typeof value !== 'object'),
  ),
});

const segment: Check = shape({
  key: anyText,
  version: count,
  when: orNull(when(isRecord)),
  by: anyText,
  included: each('list', anyText),
  excluded: each('list', anyText),
});

/** Entries under their own keys. */
function entries(check: Check): Check {
  return (value) => {
    const fault = each('record', check)(value);
    if (fault !== undefined || !isRecord(value)) return fault;
    const strange = Object.entries(value).find(([key, entry]) => !isRecord(entry) || entry.key !== key || !isJson(entry, DEEPEST));
    return strange && `.${strange[0]}`;
  };
}

const change: Check = (value) => {
  if (!isRecord(value)) return '';
  const { kind, key, value: entry } = value;
  const fault = shape({ kind: oneOf('flag', 'segment'), key: anyText })(value);
  if (fault !== undefined || entry === null) return fault;
  const wrong = (kind === 'flag' ? flag : segment)(entry);
  if (wrong !== undefined) return `.value${wrong}`;
  return isRecord(entry) && entry.key === key && isJson(entry, DEEPEST) ? undefined : '.value';
};

/** Parses an environment's snapshot; the checksum is verified by `stateFrom`. */
export const parseSnapshot: Parse<Snapshot> = parser(
  'snapshot',
  shape({ environment: anyText, revision: count, checksum: count, flags: entries(flag), segments: entries(segment) }),
);

/** Parses a delta; the chain and the checksum are verified by `applyDelta`. */
export const parseDelta: Parse<Delta> = parser(
  'delta',
  shape({ environment: anyText, from: count, to: count, checksum: count, changes: each('list', change) }),
);

/** Parses what a client says of itself when it connects. */
export const parseHandshake: Parse<Handshake> = parser(
  'handshake',
  shape({ key: text(255), instance: text(64), sdk: text(64), since: optional(count) }),
);

/** Parses the server's word that the snapshot is to be fetched. */
export const parseReset: Parse<Reset> = parser('reset', shape({ revision: count }));

/** Parses a client's wish to be led on from where it is. */
export const parseResync: Parse<Resync> = parser('resync', shape({ since: optional(count) }));

/** Parses a propagation receipt. */
export const parseApplied: Parse<Applied> = parser('applied', shape({ revision: count, at: count }));

/** Parses the reason why the server is about to close. */
export const parseGoodbye: Parse<Goodbye> = parser('goodbye', shape({ reason: oneOf('draining', 'revoked', 'slow', 'moved') }));
