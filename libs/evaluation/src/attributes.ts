/** Where an attribute is found in an evaluation context. */
export interface Path {
  readonly name: string;
  /** The steps of a JSON pointer; null for a top-level member. */
  readonly steps: readonly string[] | null;
}

const arrayIndex = /^(?:0|[1-9]\d*)$/;

/** Whether a value is a JSON object, not an array. */
export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads an attribute name: a JSON pointer (RFC 6901) when it starts with `/`; null when the pointer is malformed. */
export function parsePath(name: string): Path | null {
  if (!name.startsWith('/')) return { name, steps: null };
  if (/~(?![01])/.test(name)) return null;
  const steps = name.slice(1).split('/');
  return { name, steps: steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')) };
}

function member(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function child(value: unknown, step: string): unknown {
  if (!Array.isArray(value)) return member(value, step);
  return arrayIndex.test(step) ? value[Number(step)] : undefined;
}

/** The value of an attribute, own members only; undefined when there is none. */
export function read(context: unknown, path: Path): unknown {
  if (path.steps === null) return member(context, path.name);
  let value = context;
  for (const step of path.steps) value = child(value, step);
  return value;
}

/** The value of an attribute as a key to bucket or list by: a text that is not empty or a finite number, else undefined. */
export function readKey(context: unknown, path: Path): string | undefined {
  const value = read(context, path);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
