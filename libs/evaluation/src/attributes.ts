import type { FlagType } from './model.js';

/** The way from an evaluation context to one of its attributes: a member's name, or the steps of a pointer. */
export type Path = string | readonly string[];

/** Whether a value is a JSON object, not an array. */
export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Leaves what is being prepared where it has a shape that this engine does not know; whoever began it fails closed. */
export function mustBe(isKnown: unknown): asserts isKnown {
  if (!isKnown) throw new TypeError('Unknown shape');
}

/** What is made, or null where a shape is unknown. */
export function attempt<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}

/** Reads an attribute name: a JSON pointer (RFC 6901) when it starts with `/`, else a member. */
export function parsePath(name: unknown): Path {
  mustBe(typeof name === 'string' && !/^\/.*~(?![01])/s.test(name));
  if (!name.startsWith('/')) return name;
  return name
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function member(of: unknown, name: string): unknown {
  if (typeof of !== 'object' || of === null || !Object.hasOwn(of, name)) return undefined;
  return name === 'length' && Array.isArray(of) ? undefined : (of as { readonly [key: string]: unknown })[name];
}

/** The value of an attribute, own members and elements only; undefined when there is none. */
export function read(context: unknown, path: Path): unknown {
  return typeof path === 'string' ? member(context, path) : path.reduce(member, context);
}

/** The value of an attribute as a key to bucket or list by: a text that is not empty or a finite number, else undefined. */
export function readKey(context: unknown, path: Path): string | undefined {
  const value = read(context, path);
  if (typeof value === 'string') return value || undefined;
  return Number.isFinite(value) ? String(value) : undefined;
}

/** The type that a flag which serves a value has; undefined for what no flag can serve. */
export function typeOf(value: unknown): FlagType | undefined {
  const type = typeof value;
  if (type === 'number') return Number.isFinite(value) ? type : undefined;
  if (type === 'boolean' || type === 'string') return type;
  return type === 'object' && value !== null ? type : undefined;
}
