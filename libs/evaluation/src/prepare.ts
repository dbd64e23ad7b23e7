import { parsePath } from './attributes.js';
import type { Flag, Resolution, Segment } from './model.js';
import { prepareRequirement } from './prepare-condition.js';
import { prepareServe } from './prepare-split.js';
import type { PreparedFlag, PreparedPrerequisite, PreparedRule, PreparedSegment, PreparedServe } from './prepared.js';
import { Resolutions } from './resolutions.js';

function prepareDefault(flag: Flag, resolutions: Resolutions): PreparedServe {
  const reason = flag.rules.length === 0 ? 'STATIC' : 'DEFAULT';
  if (flag.default === null) return { split: null, resolution: resolutions.serve(null, { reason: 'DEFAULT' }) };
  const serve = prepareServe(flag.default, resolutions, reason);
  return serve ?? { split: null, resolution: resolutions.error('GENERAL', 'The default has a shape this engine does not know.') };
}

function prepareRules(flag: Flag, resolutions: Resolutions): PreparedRule[] {
  return flag.rules.map(({ id, when, serve }) => ({
    id,
    requirement: prepareRequirement(when),
    serve: prepareServe(serve, resolutions, 'TARGETING_MATCH'),
  }));
}

function preparePrerequisites(flag: Flag, resolutions: Resolutions): PreparedPrerequisite[] {
  return flag.prerequisites.map(({ flag: needed, variants }) => ({
    flag: needed,
    variants: new Set(variants),
    failed: resolutions.serve(flag.offVariant, { reason: 'DISABLED', marks: { prerequisite: needed } }),
  }));
}

/** The answer that every context gets; null when it depends on the context. */
function prepareFixed(flag: Flag, resolutions: Resolutions, otherwise: PreparedServe): Resolution | null {
  switch (flag.state) {
    case 'off':
      return resolutions.serve(flag.offVariant, { reason: 'DISABLED' });
    case 'killed':
      return resolutions.serve(flag.offVariant, { reason: 'DISABLED', marks: { killed: true } });
    case 'on':
      return flag.rules.length === 0 && flag.prerequisites.length === 0 && otherwise.split === null ? otherwise.resolution : null;
    default:
      flag.state satisfies never;
      return resolutions.error('PARSE_ERROR', 'The flag is in a state this engine does not know.');
  }
}

function prepareWhole(flag: Flag): PreparedFlag {
  const resolutions = new Resolutions(flag);
  const otherwise = prepareDefault(flag, resolutions);
  const prerequisites = preparePrerequisites(flag, resolutions);
  return {
    source: flag,
    fixed: prepareFixed(flag, resolutions, otherwise),
    prerequisites,
    needs: prerequisites.map((prerequisite) => prerequisite.flag),
    rules: prepareRules(flag, resolutions),
    otherwise,
    tooDeep: resolutions.error('GENERAL', 'The prerequisites nest too deep.'),
    wrongType: resolutions.error('TYPE_MISMATCH', `The flag is of type ${flag.type}.`),
    unreadable: resolutions.error('INVALID_CONTEXT', 'Reading the context failed.'),
  };
}

/** A flag whose shape cannot be read answers the same error to every context. */
function prepareBroken(flag: Flag): PreparedFlag {
  const { key, version } = flag;
  const broken = {
    flag: key,
    version,
    metadata: {},
    reason: 'ERROR',
    errorCode: 'PARSE_ERROR',
    errorMessage: 'The flag has a shape this engine does not know.',
  } as const;
  const otherwise = { split: null, resolution: broken };
  return {
    source: flag,
    fixed: broken,
    prerequisites: [],
    needs: [],
    rules: [],
    otherwise,
    tooDeep: broken,
    wrongType: broken,
    unreadable: broken,
  };
}

/** Makes a flag ready for evaluation; never throws, a flag of a shape it does not know resolves to an error. */
export function prepareFlag(flag: Flag): PreparedFlag {
  try {
    return prepareWhole(flag);
  } catch {
    return prepareBroken(flag);
  }
}

function prepareMembers(segment: Segment): PreparedSegment | null {
  const by = parsePath(segment.by);
  const requirement = segment.when === null ? null : prepareRequirement(segment.when);
  if (by === null || (segment.when !== null && requirement === null)) return null;
  return { source: segment, isKnown: true, by, included: new Set(segment.included), excluded: new Set(segment.excluded), requirement };
}

function unknownSegment(segment: Segment): PreparedSegment {
  const nobody = new Set<string>();
  return { source: segment, isKnown: false, by: { name: '', steps: null }, included: nobody, excluded: nobody, requirement: null };
}

/** Makes a segment ready for evaluation; never throws, rules that use a segment of a shape it does not know are skipped. */
export function prepareSegment(segment: Segment): PreparedSegment {
  try {
    return prepareMembers(segment) ?? unknownSegment(segment);
  } catch {
    return unknownSegment(segment);
  }
}
