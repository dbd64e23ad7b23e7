/** JSON may nest this deep. */
export const DEEPEST = 128;

/** Where a value departs from what was expected (a path such as `.rules.0.id`), or undefined. */
export type Check = (value: unknown) => string | undefined;

/** A parser: the value itself when it holds what it must, else the problem in words. */
export type Parse<T> = (value: unknown) => T | string;

export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a whole number from 0 on that JSON keeps exact. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** A check from a yes or no. */
export function when(test: (value: unknown) => boolean): Check {
  return (value) => (test(value) ? undefined : '');
}

export const count: Check = /* @__PURE__ */ when(isCount);

/** A text of at most `longest` UTF-16 units. */
export function text(longest = Number.POSITIVE_INFINITY): Check {
  return when((value) => typeof value === 'string' && value.length <= longest);
}

export function oneOf(...values: readonly unknown[]): Check {
  return when((value) => values.includes(value));
}

/** Absent, or as the check wants it. */
export function optional(check: Check): Check {
  return (value) => (value === undefined ? undefined : check(value));
}

/** Every element of an array, or every member of a record; `keys` looks at the names of the members. */
export function each(kind: 'list' | 'record', check: Check, keys?: Check): Check {
  return (value) => {
    if (kind === 'list' ? !Array.isArray(value) : !isRecord(value)) return '';
    for (const [key, member] of Object.entries(Object(value))) {
      const fault = keys?.(key) ?? check(member);
      if (fault !== undefined) return `.${key}${fault}`;
    }
    return undefined;
  };
}

/** A record that has these members; others are left to later versions. */
export function shape(members: { readonly [name: string]: Check }): Check {
  const checks = Object.entries(members);
  return (value) => {
    if (!isRecord(value)) return '';
    for (const [name, check] of checks) {
      const fault = check(value[name]);
      if (fault !== undefined) return `.${name}${fault}`;
    }
    return undefined;
  };
}

/** A parser of what a check accepts. */
export function parser<T>(name: string, check: Check): Parse<T> {
  const accepts = (_value: unknown, fault: string | undefined): _value is T => fault === undefined;
  return (value) => {
    const fault = check(value);
    return accepts(value, fault) ? value : `${name}${fault} is not valid`;
  };
}
