import type { FlagType } from './model.js';

/** The way from an evaluation context to one of its attributes: a member's name, or the steps of a pointer. */
export type Path = string | readonly string[];

/** Leaves what is being prepared where it has a shape that this engine does not know; whoever began it fails closed. */
export function mustBe(isKnown: unknown): asserts isKnown {
  if (!isKnown) throw new TypeError();
}

/** What is made, or null where a shape is unknown. */
export function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}

/** Takes nothing but an object that has no members: what is left when all that are known were taken out. */
export function mustBeEmpty(rest: object): void {
  mustBe(Object.keys(rest).length < 1);
}

/** Reads an attribute name: a JSON pointer (RFC 6901) when it starts with `/`, else a member. */
export function parsePath(name: unknown): Path {
  mustBe(typeof name === 'string' && !/^\/.*~(?![01])/s.test(name));
  const [first, ...steps] = name.split('/');
  return first || !steps.length ? name : steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

const TARGETING_KEY = 'targetingKey';
const plain = Object.prototype;

function member(of: unknown, name: string): unknown {
  if (typeof of !== 'object' || of === null || !Object.hasOwn(of, name)) return undefined;
  return (of as { readonly [key: string]: unknown })[name];
}

/** What most are bucketed by. Whoever has it and inherits nothing has it as their own, which is quicker to see than to ask. */
function targetingKeyOf(context: unknown): unknown {
  const isSeen = typeof context === 'object' && context && TARGETING_KEY in context && Object.getPrototypeOf(context) === plain;
  return isSeen && !(TARGETING_KEY in plain) ? context[TARGETING_KEY] : member(context, TARGETING_KEY);
}

function element(of: unknown, name: string): unknown {
  return name === 'length' && Array.isArray(of) ? undefined : member(of, name);
}

/** The value of an attribute, own members and elements only; undefined when there is none. */
export function read(context: unknown, path: Path): unknown {
  return typeof path === 'string' ? member(context, path) : path.reduce(element, context);
}

/** The value of an attribute as a key to bucket or list by: a text, or a finite number as its text; the empty text for anything else. */
export function readKey(context: unknown, path: Path): string {
  const value = path === TARGETING_KEY ? targetingKeyOf(context) : read(context, path);
  return typeof value === 'string' ? value : Number.isFinite(value) ? String(value) : '';
}

/** The type that a flag which serves a value has; undefined for what no flag can serve. */
export function typeOf(value: unknown): FlagType | undefined {
  const type = typeof value;
  if (type === 'number') return Number.isFinite(value) ? type : undefined;
  if (type === 'boolean' || type === 'string') return type;
  return type === 'object' && value !== null ? type : undefined;
}
