import { attempt, mustBe } from './attributes.js';
import { prepareCondition } from './conditions.js';
import type { Flag, Resolution, Rule } from './model.js';
import type { PreparedFlag, PreparedRule } from './prepared.js';
import { failure, freeze, type Serving, servingOf } from './resolutions.js';
import { prepareServe, type Served } from './split.js';

function prepareRule({ when, serve }: Rule, flag: Flag, serving: Serving): PreparedRule | null {
  return attempt(() => Object.assign(prepareCondition(when), { served: prepareServe(serve, flag, serving, 'TARGETING_MATCH') }));
}

function prepareDefault(flag: Flag, serving: Serving): Served {
  const { default: serve, rules } = flag;
  if (serve === null) return serving(null, { reason: 'DEFAULT' });
  const served = attempt(() => prepareServe(serve, flag, serving, rules.length > 0 ? 'DEFAULT' : 'STATIC'));
  return served ?? freeze(failure(flag, 'GENERAL', 'Unknown shape'));
}

/** The answer of a flag that gives the same one to every context, else null. */
function fixedOf(
  { state, rules, prerequisites }: Flag,
  otherwise: Served,
  disabled: (marks?: Flag['metadata']) => Resolution,
): Resolution | null {
  if (state === 'on') return rules.length + prerequisites.length > 0 || 'choices' in otherwise ? null : otherwise;
  mustBe(state === 'off' || state === 'killed');
  return disabled(state === 'killed' ? { killed: true } : undefined);
}

function prepareWhole(flag: Flag): PreparedFlag {
  for (const value of Object.values(flag.variants)) freeze(value);
  const serving = servingOf(flag);
  const disabled = (marks?: Flag['metadata']) => serving(flag.offVariant, { reason: 'DISABLED', marks });
  const otherwise = prepareDefault(flag, serving);
  const prerequisites = flag.prerequisites.map(({ flag: key, variants }) => ({
    flag: key,
    variants: new Set(variants),
    failed: disabled({ prerequisite: key }),
  }));
  return {
    source: flag,
    type: flag.type,
    fixed: fixedOf(flag, otherwise, disabled),
    prerequisites: prerequisites,
    rules: flag.rules.map((rule) => prepareRule(rule, flag, serving)),
    otherwise,
  };
}

/** Makes a flag ready for evaluation; never throws, a flag of a shape it does not know resolves to an error. */
export function prepareFlag(flag: Flag): PreparedFlag {
  const prepared = attempt(() => prepareWhole(flag));
  if (prepared !== null) return prepared;
  const broken = freeze(failure(flag, 'PARSE_ERROR', 'Unknown shape'));
  return { source: flag, type: flag.type, fixed: broken, prerequisites: [], rules: [], otherwise: broken };
}
