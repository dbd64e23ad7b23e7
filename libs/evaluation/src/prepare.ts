import { attempt, mustBe } from './attributes.js';
import { prepareCondition } from './conditions.js';
import { isMet } from './evaluate.js';
import type { Flag, Rule } from './model.js';
import type { PreparedFlag, Rung } from './prepared.js';
import { areUsable, NONE } from './reach.js';
import { failure, type Serving, servingOf } from './resolutions.js';
import { prepareServe, rungOf } from './split.js';

/** The rung of a rule, above `next`; null when it has a shape or an operator this engine does not know. */
export function prepareRule({ when, serve }: Rule, serving: Serving, next: Rung | null): Rung | null {
  return attempt(() => {
    const { holds, needs } = prepareCondition(when);
    const rung = prepareServe(serve, serving, 'TARGETING_MATCH');
    rung.when = needs === NONE ? holds : (context, set) => areUsable(needs, set) && holds(context, set);
    rung.next = next;
    return rung;
  });
}

/** The rung of what a flag serves when no rule does; a shape this engine does not know is an error. */
export function prepareDefault(flag: Flag, serving: Serving): Rung {
  const { default: serve, rules } = flag;
  if (serve === null) return rungOf(serving(null, { reason: 'DEFAULT' }));
  const rung = attempt(() => prepareServe(serve, serving, rules.length > 0 ? 'DEFAULT' : 'STATIC'));
  return rung ?? rungOf(failure(flag, 'GENERAL', 'Unknown shape'));
}

function ladderOf(flag: Flag): Rung {
  const { state, offVariant, prerequisites, rules } = flag;
  const serving = servingOf(flag);
  const disabled = (marks?: Flag['metadata']) => rungOf(serving(offVariant, { reason: 'DISABLED', marks }));
  if (state !== 'on') {
    mustBe(state === 'off' || state === 'killed');
    return disabled(state === 'killed' ? { killed: true } : undefined);
  }
  const ruled = rules.reduceRight((next, rule) => prepareRule(rule, serving, next) ?? next, prepareDefault(flag, serving));
  return prerequisites.reduceRight((next, prerequisite) => {
    mustBe(Array.isArray(prerequisite.variants));
    const rung = disabled({ prerequisite: prerequisite.flag });
    rung.when = (context, set) => !isMet(prerequisite, context, set);
    rung.next = next;
    return rung;
  }, ruled);
}

/** Makes a flag ready for evaluation; never throws, a flag of a shape it does not know resolves to an error. */
export function prepareFlag(flag: Flag): PreparedFlag {
  const ladder = attempt(() => ladderOf(flag));
  const needs = ladder?.when && flag.prerequisites.length > 0 ? flag.prerequisites.map((one) => one.flag) : NONE;
  return Object.assign(ladder ?? rungOf(failure(flag, 'PARSE_ERROR', 'Unknown shape')), { source: flag, type: flag.type, needs });
}
