import type { FlagType } from './model.js';

/** The steps from an evaluation context to one of its attributes. */
export type Path = readonly string[];

/** Whether a value is a JSON object, not an array. */
export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads an attribute name: a JSON pointer (RFC 6901) when it starts with `/`, else a member; null when malformed. */
export function parsePath(name: unknown): Path | null {
  if (typeof name !== 'string' || /^\/.*~(?![01])/s.test(name)) return null;
  if (!name.startsWith('/')) return [name];
  return name
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value of an attribute, own members and elements only; undefined when there is none. */
export function read(context: unknown, path: Path): unknown {
  let value = context;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    if (step === 'length' && Array.isArray(value)) return undefined;
    value = (value as { readonly [key: string]: unknown })[step];
  }
  return value;
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
