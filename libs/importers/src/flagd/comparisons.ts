import type { ConditionValue, Operator } from '@ballast/evaluation';
import { quote, refuseFlag } from '../findings.js';
import { all, any, exists, not, type Truth } from '../logic.js';
import { isLiteral, type Literal, type Operand, toOperand } from './operand.js';
import { type Scope } from './scope.js';

/** Translates one operation that answers true or false. */
export type Comparison = (args: readonly unknown[], scope: Scope) => Truth;

const TYPED =
  'Conditions compare by type: where an attribute has another type than the value, flagd converts it or fails and Ballast does not match; a list matches when any of its elements does.';

function holds(attribute: string, op: Operator, values: readonly ConditionValue[]): Truth {
  return values.length === 0 ? false : { attribute, op, values };
}

function typed(scope: Scope): void {
  scope.notes.add(TYPED);
}

/** The scalars that JavaScript's `==` takes for equal to the literal, in their plain spelling. */
function looselyEqual(literal: string | number | boolean): ConditionValue[] {
  const number = Number(literal);
  const values: ConditionValue[] = [literal];
  if (!Number.isFinite(number)) return values;
  const others: ConditionValue[] = [number];
  if (typeof literal !== 'string') others.push(String(number));
  if (number === 1) others.push(true);
  if (number === 0) others.push(false);
  return [...values, ...others.filter((other) => other !== literal)];
}

function equalsLiteral(attribute: string, literal: Literal, isStrict: boolean, scope: Scope): Truth {
  if (literal === null) return not(exists(attribute));
  if (isStrict) return holds(attribute, 'in', [literal]);
  if (Number(literal) === 0)
    scope.notes.add(`A context without ${attribute} is not taken for equal to ${quote(literal)}; flagd's engines disagree here.`);
  return holds(attribute, 'in', looselyEqual(literal));
}

function equalLiterals(a: Literal, b: Literal, scope: Scope): Truth {
  if (a === b) return true;
  if (typeof a === typeof b || a === null || b === null) return false;
  return refuseFlag(scope, `compares the constants ${quote(a)} and ${quote(b)} of two types`);
}

function sides(args: readonly unknown[], scope: Scope): readonly [Operand, Operand] | null {
  const [a, b] = args.map((arg) => toOperand(arg, scope));
  return args.length === 2 && a && b ? [a, b] : null;
}

/** The attribute and the constant of a comparison, whichever side they stand on. */
function against([a, b]: readonly [Operand, Operand]): { readonly attribute: string; readonly literal: Literal } | null {
  if ('attribute' in a && 'literal' in b) return { ...a, ...b };
  return 'attribute' in b && 'literal' in a ? { ...b, ...a } : null;
}

/** `==` and `===` between an attribute and a constant, or two constants. */
export function equals(isStrict: boolean): Comparison {
  return (args, scope) => {
    const pair = sides(args, scope);
    if (pair === null) return refuseFlag(scope, `compares what is not an attribute and a constant: ${quote(args)}`);
    const [a, b] = pair;
    if ('literal' in a && 'literal' in b) return equalLiterals(a.literal, b.literal, scope);
    const mixed = against(pair);
    if (mixed === null) return refuseFlag(scope, `compares two attributes: ${quote(args)}`);
    typed(scope);
    return equalsLiteral(mixed.attribute, mixed.literal, isStrict, scope);
  };
}

const mirrored = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;
type Order = keyof typeof mirrored;

const isOrdered: Readonly<Record<Order, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function ordersPair(order: Order, [a, b]: readonly [Operand, Operand], scope: Scope): Truth {
  if ('literal' in a && 'literal' in b) return refuseFlag(scope, `orders two constants, ${quote(a.literal)} and ${quote(b.literal)}`);
  if ('literal' in a) return ordersPair(mirrored[order], [b, a], scope);
  if (!('literal' in b) || typeof b.literal !== 'number') return refuseFlag(scope, `orders ${a.attribute} by what is not a number`);
  typed(scope);
  const isMissingIn = isOrdered[order](0, b.literal);
  if (isMissingIn) scope.notes.add(`A context without ${a.attribute} counts as 0 in a comparison, as in flagd.`);
  return any(holds(a.attribute, order, [b.literal]), isMissingIn && not(exists(a.attribute)));
}

/** `<`, `<=`, `>`, `>=` between an attribute and a number, or an attribute between two numbers. */
export function orders(order: Order): Comparison {
  return (args, scope) => {
    const [first, middle, last] = args;
    if (args.length === 3) return all(orders(order)([first, middle], scope), orders(order)([middle, last], scope));
    const pair = sides(args, scope);
    return pair === null
      ? refuseFlag(scope, `orders what is not an attribute and a number: ${quote(args)}`)
      : ordersPair(order, pair, scope);
  };
}

function isListed(item: Operand, list: readonly unknown[], scope: Scope): Truth {
  if (!list.every(isLiteral)) return refuseFlag(scope, `looks in a list that holds more than constants: ${quote(list)}`);
  if ('literal' in item) return list.includes(item.literal);
  typed(scope);
  const values = list.filter((value) => value !== null);
  return any(holds(item.attribute, 'in', values), list.includes(null) && not(exists(item.attribute)));
}

/** `in`: an attribute in a list of constants, or a text in a text attribute. */
export const isIn: Comparison = (args, scope) => {
  const [item, container] = args;
  const wanted = toOperand(item, scope);
  if (wanted !== null && args.length === 2 && Array.isArray(container)) return isListed(wanted, container, scope);
  const place = toOperand(container, scope);
  if (wanted === null || place === null || !('literal' in wanted) || typeof wanted.literal !== 'string' || !('attribute' in place)) {
    return refuseFlag(
      scope,
      `looks for ${quote(item)} in ${quote(container)}: only an attribute in a list, or a text in an attribute, can be said`,
    );
  }
  typed(scope);
  scope.notes.add(
    `${quote(wanted.literal)} is looked for inside each element when ${place.attribute} is a list; flagd compares whole elements.`,
  );
  return holds(place.attribute, 'contains', [wanted.literal]);
};

/** `starts_with` and `ends_with`. */
export function affix(op: 'starts_with' | 'ends_with'): Comparison {
  return (args, scope) => {
    const pair = sides(args, scope);
    const [text, part] = pair ?? [];
    if (!text || !('attribute' in text) || !part || !('literal' in part) || typeof part.literal !== 'string') {
      return refuseFlag(scope, `${op} needs an attribute and a text, not ${quote(args)}`);
    }
    typed(scope);
    return holds(text.attribute, op, [part.literal]);
  };
}
