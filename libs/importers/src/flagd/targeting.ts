import { quote, refuseFlag } from '../findings.js';
import { all, not, type Truth, toCondition } from '../logic.js';
import type { ImportRule, ImportServe } from '../model.js';
import { toFractions } from './fractional.js';
import { isLiteral, toOperand } from './operand.js';
import { isBoolean, predicate } from './predicates.js';
import { operation, type Scope } from './scope.js';

const MAX_CONDITIONS = 20_000;

/** What is served when a condition holds; null: the default variant. */
interface Branch {
  readonly when: Truth;
  readonly serve: ImportServe | null;
}

const byDefault: Branch = { when: true, serve: null };

function named(name: string, scope: Scope): ImportServe | null {
  if (scope.variants.has(name)) return { variant: name };
  refuseFlag(scope, `serves ${quote(name)}, which is none of its variants`);
  return null;
}

/** `if` as branches: those of each value, under its condition. The last branch always holds. */
function chain(args: readonly unknown[], scope: Scope): Branch[] {
  const found: Branch[] = [];
  const pairs = args.length - (args.length % 2);
  for (let i = 0; i < pairs; i += 2) {
    const test = predicate(args[i], scope);
    for (const { when, serve } of branches(args[i + 1], scope)) found.push({ when: all(test, when), serve });
  }
  const otherwise = args.length > pairs ? branches(args.at(-1), scope) : [byDefault];
  return [...found, ...otherwise];
}

/** An expression that answers true or false serves the variants of those names. */
function answered(value: unknown, scope: Scope): Branch[] {
  const test = predicate(value, scope);
  return [
    { when: test, serve: test === false ? null : named('true', scope) },
    { when: true, serve: test === true ? null : named('false', scope) },
  ];
}

/** The branches of an expression in order; exactly one of them serves: the first that holds. */
function branches(value: unknown, scope: Scope): Branch[] {
  if (value === null) return [byDefault];
  if (isLiteral(value)) return [{ when: true, serve: named(String(value), scope) }];
  const operator = operation(value);
  if (operator?.name === 'if') return chain(operator.args, scope);
  if (operator?.name === 'fractional') return [...toFractions(operator.args, scope), byDefault];
  if (isBoolean(value)) return answered(value, scope);
  const operand = operator?.name === 'var' ? toOperand(value, scope) : null;
  if (operand !== null && 'literal' in operand) return branches(operand.literal, scope);
  refuseFlag(scope, `serves what ${quote(operator?.name ?? value)} computes: only a variant can be served`);
  return [byDefault];
}

/** The number of conditions in a condition, counted no further than the budget. */
function sizeOf(value: Truth, budget: number): number {
  if (typeof value === 'boolean') return 1;
  const parts = 'all' in value ? value.all : 'any' in value ? value.any : 'not' in value ? [value.not] : [];
  let size = 1;
  for (const part of parts) {
    if (size > budget) break;
    size += sizeOf(part, budget - size);
  }
  return size;
}

function tooLarge(scope: Scope): [] {
  refuseFlag(scope, `has targeting that would need more than ${MAX_CONDITIONS} conditions`);
  return [];
}

/** Turns a flag's targeting into rules; contexts that no rule takes get the default variant. */
export function toRules(targeting: unknown, scope: Scope): ImportRule[] {
  const rules: ImportRule[] = [];
  const excluded: Truth[] = [];
  let budget = MAX_CONDITIONS;
  for (const { when, serve } of branches(targeting, scope)) {
    if (when === false) continue;
    if (serve === null && when === true) break;
    const test = all(...excluded, when);
    budget -= sizeOf(test, budget);
    if (budget < 0) return tooLarge(scope);
    if (serve === null) excluded.push(not(when));
    else rules.push({ id: `flagd-${rules.length + 1}`, when: toCondition(test), serve });
    if (when === true) break;
  }
  return rules;
}
