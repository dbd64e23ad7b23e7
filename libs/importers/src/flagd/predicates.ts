import { quote, refuseFlag } from '../findings.js';
import { all, any, exists, not, type Truth } from '../logic.js';
import { affix, type Comparison, equals, isIn, orders } from './comparisons.js';
import { isLiteral, toOperand } from './operand.js';
import { operation, type Scope } from './scope.js';
import { compareVersions } from './versions.js';

const MAX_CHOICES = 20;

function single(args: readonly unknown[], scope: Scope): Truth {
  return args.length === 1 ? predicate(args[0], scope) : refuseFlag(scope, `negates ${args.length} values: ${quote(args)}`);
}

function several(args: readonly unknown[], scope: Scope): Truth[] {
  if (args.length === 0) refuseFlag(scope, 'joins no conditions at all');
  return args.map((arg) => predicate(arg, scope));
}

/** `==` where one side is itself a condition and the other true or false. */
function equalsTruth(args: readonly unknown[], scope: Scope): Truth | null {
  const [a, b] = args;
  if (args.length !== 2) return null;
  if (typeof b === 'boolean' && isBoolean(a)) return b ? predicate(a, scope) : not(predicate(a, scope));
  if (typeof a === 'boolean' && isBoolean(b)) return a ? predicate(b, scope) : not(predicate(b, scope));
  return null;
}

function equality(isStrict: boolean): Comparison {
  const compare = equals(isStrict);
  return (args, scope) => equalsTruth(args, scope) ?? compare(args, scope);
}

/** `if` where only its truth counts. */
function chosen(args: readonly unknown[], scope: Scope): Truth {
  if (args.length > MAX_CHOICES) return refuseFlag(scope, `chooses between more than ${MAX_CHOICES / 2} conditions inside a condition`);
  const [condition, then, ...rest] = args;
  if (args.length < 2) return args.length === 0 ? false : predicate(condition, scope);
  const test = predicate(condition, scope);
  return any(all(test, predicate(then, scope)), all(not(test), chosen(rest, scope)));
}

/** Operations that answer true or false and nothing else. */
const boolean: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['==', equality(false)],
  ['===', equality(true)],
  ['!=', (args, scope) => not(equality(false)(args, scope))],
  ['!==', (args, scope) => not(equality(true)(args, scope))],
  ['<', orders('<')],
  ['<=', orders('<=')],
  ['>', orders('>')],
  ['>=', orders('>=')],
  ['in', isIn],
  ['!', (args, scope) => not(single(args, scope))],
  ['!!', single],
]);

/** Operations whose answer may also be null or a value: only their truth can be used. */
const truthy: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['and', (args, scope) => all(...several(args, scope))],
  ['or', (args, scope) => any(...several(args, scope))],
  ['if', chosen],
  ['starts_with', affix('starts_with')],
  ['ends_with', affix('ends_with')],
  ['sem_ver', compareVersions],
]);

/** Whether an expression answers true or false whatever the context. */
export function isBoolean(value: unknown): boolean {
  const operator = operation(value);
  if (operator === null) return typeof value === 'boolean';
  if (operator.name === 'and' || operator.name === 'or') return operator.args.length > 0 && operator.args.every(isBoolean);
  return boolean.has(operator.name);
}

/** When a JSONLogic expression is truthy, as a condition; what cannot be said exactly is refused in the scope. */
export function predicate(value: unknown, scope: Scope): Truth {
  if (isLiteral(value)) return Boolean(value);
  if (Array.isArray(value)) return value.length > 0;
  const operator = operation(value);
  const translate = operator === null ? undefined : (boolean.get(operator.name) ?? truthy.get(operator.name));
  if (operator !== null && translate !== undefined) return translate(operator.args, scope);
  if (operator?.name !== 'var') return refuseFlag(scope, `uses ${quote(operator?.name ?? value)}, which no condition here can say`);
  const operand = toOperand(value, scope);
  if (operand === null) return false;
  if ('literal' in operand) return Boolean(operand.literal);
  scope.notes.add(`${operand.attribute} counts as set unless it is missing, null, empty, 0 or false.`);
  return all(exists(operand.attribute), { not: { attribute: operand.attribute, op: 'in', values: ['', 0, false] } });
}
