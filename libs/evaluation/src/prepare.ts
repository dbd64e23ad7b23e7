import { isRecord } from './attributes.js';
import { prepareCondition } from './conditions.js';
import type { Flag, Resolution, Rule } from './model.js';
import type { Answer, PreparedFlag, PreparedRule } from './prepared.js';
import { type Cause, Resolutions } from './resolutions.js';
import { prepareServe } from './split.js';

function always(resolution: Resolution): Answer {
  return () => resolution;
}

function prepareRule({ when, serve }: Rule, resolutions: Resolutions): PreparedRule | null {
  const requirement = prepareCondition(when);
  const answer = prepareServe(serve, resolutions, 'TARGETING_MATCH');
  return requirement && answer && { when: requirement, answer };
}

function prepareDefault({ rules, default: serve }: Flag, resolutions: Resolutions): Answer {
  if (serve === null) return always(resolutions.serve(null, { reason: 'DEFAULT' }));
  const answer = prepareServe(serve, resolutions, rules.length > 0 ? 'DEFAULT' : 'STATIC');
  return answer ?? always(resolutions.error('GENERAL', 'Unknown shape'));
}

function prepareWhole(flag: Flag, resolutions: Resolutions): PreparedFlag {
  const { state, rules, prerequisites } = flag;
  const disabled = (marks?: Cause['marks']) => resolutions.serve(flag.offVariant, { reason: 'DISABLED', marks });
  const otherwise = prepareDefault(flag, resolutions);
  const isConstant = rules.length + prerequisites.length === 0 && !(isRecord(flag.default) && 'split' in flag.default);
  const fixed = { on: isConstant ? otherwise(null) : null, off: disabled(), killed: disabled({ killed: true }) };
  return {
    source: flag,
    resolutions,
    fixed: Object.hasOwn(fixed, state) ? fixed[state] : resolutions.error('PARSE_ERROR', 'Unknown shape'),
    prerequisites: prerequisites.map(({ flag: key, variants }) => ({
      flag: key,
      variants: new Set(variants),
      failed: disabled({ prerequisite: key }),
    })),
    rules: rules.map((rule) => prepareRule(rule, resolutions)),
    otherwise,
  };
}

/** Makes a flag ready for evaluation; never throws, a flag of a shape it does not know resolves to an error. */
export function prepareFlag(flag: Flag): PreparedFlag {
  const resolutions = new Resolutions(flag);
  try {
    return prepareWhole(flag, resolutions);
  } catch {
    const broken = resolutions.error('PARSE_ERROR', 'Unknown shape');
    return { source: flag, resolutions, fixed: broken, prerequisites: [], rules: [], otherwise: always(broken) };
  }
}
