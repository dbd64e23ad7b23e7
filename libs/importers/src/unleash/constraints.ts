import { type ConditionValue, type Operator, parseRange, parseVersion } from '@ballast/evaluation';
import { type Findings, isMembers, type Members, own, quote, refuseFlag } from '../findings.js';
import { all, allOf, exists, not, type Truth } from '../logic.js';
import { attributeName, numberOf, texts, written } from './attributes.js';
import { toPattern } from './patterns.js';

/** One constraint, its attribute already in our words. */
interface Constraint {
  readonly attribute: string;
  readonly value: unknown;
  /** Trimmed, empty ones dropped. */
  readonly values: readonly string[];
  readonly isCaseIgnored: boolean;
  readonly findings: Findings;
}

type Translate = (constraint: Constraint) => Truth;

function holds(attribute: string, op: Operator, values: readonly ConditionValue[], isCaseIgnored = false): Truth {
  return values.length === 0 ? false : { attribute, op, values, ...(isCaseIgnored && { ignoreCase: true }) };
}

const isIn: Translate = ({ attribute, values }) => holds(attribute, 'in', written(values));

function textual(op: Operator): Translate {
  return ({ attribute, values, isCaseIgnored, findings }) => {
    findings.notes.add(
      'Texts are looked for in texts: an attribute that is a number or a boolean does not match here; Unleash writes it as text first.',
    );
    return holds(attribute, op, values, isCaseIgnored);
  };
}

function numeric(op: Operator): Translate {
  return ({ attribute, value, findings }) => {
    const number = numberOf(value);
    if (Number.isFinite(number)) return holds(attribute, op, [number]);
    return Number.isNaN(number) ? false : refuseFlag(findings, `compares with the number ${quote(value)}`);
  };
}

const ZONED = /(?:^[^T ]*|Z|[+-]\d\d:?\d\d)$/i;

/** Unleash reads its clock where the context has no time; an evaluation here reads none. */
function temporal(op: Operator): Translate {
  return ({ value, findings }) => {
    const text = typeof value === 'string' ? value.trim() : '';
    const moment = new Date(text);
    if (Number.isNaN(moment.getTime())) return false;
    if (!ZONED.test(text)) return refuseFlag(findings, `has the date ${quote(text)}, whose time zone is that of whoever reads it`);
    findings.notes.add(
      'Dates are compared with the attribute currentTime (RFC 3339 or epoch milliseconds), which the caller must send: evaluation here reads no clock, and without it these constraints do not hold.',
    );
    return holds('currentTime', op, [moment.toISOString()]);
  };
}

/** What Unleash reads as a version: all three numbers, without a v in front. */
const WHOLE_VERSION = '^[0-9]+\\.[0-9]+\\.[0-9]';

function versioned(op: Operator): Translate {
  return ({ attribute, value }) => {
    const version = typeof value === 'string' ? value.trim().replace(/^[v=\s]+/, '') : '';
    if (parseVersion(version) === null || !new RegExp(WHOLE_VERSION).test(version)) return false;
    return all(holds(attribute, 'matches', [WHOLE_VERSION]), holds(attribute, op, [version]));
  };
}

const matches: Translate = ({ attribute, value, isCaseIgnored, findings }) => {
  const pattern = typeof value === 'string' ? toPattern(value, isCaseIgnored) : null;
  if (pattern === null) return false;
  if ('reason' in pattern) return refuseFlag(findings, `has the pattern ${quote(value)}, which ${pattern.reason}`);
  findings.notes.add('Patterns look at texts of at most 1024 characters here; in an attribute of another type they match nothing.');
  return holds(attribute, 'matches', [pattern.source], pattern.ignoreCase);
};

const inRange: Translate = ({ attribute, values, findings }) => {
  findings.notes.add('An IPv4-mapped IPv6 address counts as its IPv4 address here, as IPv6 in Unleash.');
  return holds(
    attribute,
    'in_cidr',
    values.filter((value) => parseRange(value) !== null),
  );
};

const operators: ReadonlyMap<unknown, Translate> = new Map<unknown, Translate>([
  ['IN', isIn],
  ['NOT_IN', (constraint) => not(isIn(constraint))],
  ['STR_STARTS_WITH', textual('starts_with')],
  ['STR_ENDS_WITH', textual('ends_with')],
  ['STR_CONTAINS', textual('contains')],
  ['NUM_EQ', numeric('number_=')],
  ['NUM_GT', numeric('number_>')],
  ['NUM_GTE', numeric('number_>=')],
  ['NUM_LT', numeric('number_<')],
  ['NUM_LTE', numeric('number_<=')],
  ['DATE_AFTER', temporal('after')],
  ['DATE_BEFORE', temporal('before')],
  ['SEMVER_EQ', versioned('semver_=')],
  ['SEMVER_GT', versioned('semver_>')],
  ['SEMVER_GTE', versioned('semver_>=')],
  ['SEMVER_LT', versioned('semver_<')],
  ['SEMVER_LTE', versioned('semver_<=')],
  ['REGEX', matches],
  ['IN_CIDR', inRange],
]);

/** Negates; a comparison with the time still needs the time, as an SDK of Unleash always has it. */
function inverted(truth: Truth, operator: unknown): Truth {
  const isTemporal = operator === 'DATE_AFTER' || operator === 'DATE_BEFORE';
  return isTemporal && typeof truth !== 'boolean' ? all(exists('currentTime'), not(truth)) : not(truth);
}

function toTruth(constraint: Members, findings: Findings): Truth {
  const operator = own(constraint, 'operator');
  const field = own(constraint, 'contextName');
  const translate = operators.get(operator);
  if (translate === undefined || typeof field !== 'string') {
    findings.notes.add(`A constraint with the operator ${quote(operator)}, which Unleash does not know, never holds, as there.`);
    return false;
  }
  const truth = translate({
    attribute: attributeName(field),
    value: own(constraint, 'value'),
    values: texts(own(constraint, 'values'))
      .map((value) => value.trim())
      .filter((value) => value !== ''),
    isCaseIgnored: own(constraint, 'caseInsensitive') === true,
    findings,
  });
  return own(constraint, 'inverted') === true ? inverted(truth, operator) : truth;
}

/** When all constraints of a list hold; no list holds always. */
export function constraintsTruth(list: unknown, findings: Findings): Truth {
  if (list === undefined || list === null) return true;
  if (!Array.isArray(list)) return refuseFlag(findings, 'has constraints that are not a list');
  return allOf(list.map((constraint: unknown) => (isMembers(constraint) ? toTruth(constraint, findings) : false)));
}
