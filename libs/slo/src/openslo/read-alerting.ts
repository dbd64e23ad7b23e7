import { durationMs, MINUTE } from '../durations.js';
import type { BurnRule, Severity } from '../fires.js';
import type { Alerting } from '../objective.js';
import { nominalMs, type Period } from '../period.js';
import { PRESETS, presetRules } from '../presets.js';
import type { Fields } from './fields.js';
import { ANNOTATION, MOST_DESCRIPTION, OWN_TARGET } from './words.js';

/** Finds a document of a kind by its name. */
export type Find = (kind: string, name: string) => Fields | undefined;

const SEVERITY: Readonly<Record<string, Severity>> = { page: 'page', critical: 'page', ticket: 'ticket', warning: 'ticket' };
const NO_HOLD = '0m';
/** Long windows are this many short ones in every preset's first tier. */
const SHORT_OF_LONG = 12;

/** One window of what becomes a rule. */
interface Half {
  readonly rule: string | undefined;
  readonly window: string | undefined;
  readonly severity: Severity;
  readonly factor: number;
  readonly lookbackMs: number;
  readonly forMs: number;
  readonly policy: Fields;
}

/** The rules that the alert policies of an SLO make. */
export function readRules(spec: Fields, find: Find): readonly BurnRule[] {
  return rulesFrom(spec.list('alertPolicies').flatMap((policy) => readPolicy(policy, find) ?? []));
}

/** The preset that an SLO names, as long as its rules are still those of the preset; else its rules, else the default ones. */
export function alertingOf(slo: Fields, rules: readonly BurnRule[], preset: string | undefined, period: Period): Alerting {
  const known = PRESETS.find((name) => name === preset);
  const isUnchanged = known !== undefined && JSON.stringify(rules) === JSON.stringify(presetRules(known, nominalMs(period)));
  if (known !== undefined && (isUnchanged || rules.length === 0)) return { preset: known };
  if (rules.length > 0) return { preset: 'custom', rules };
  slo.warn(null, 'has no alert policies: the default rules are taken');
  return { preset: 'default' };
}

function readPolicy(inline: Fields, find: Find): Half | null {
  const policy = follow(inline, 'alertPolicyRef', 'AlertPolicy', find);
  const spec = policy?.child('spec');
  if (policy === undefined || spec === undefined) return refuse(inline, null, 'needs a spec, or an alertPolicyRef to one');
  inline.text('kind');
  const metadata = policy.child('metadata');
  metadata?.text('name');
  const annotations = metadata?.child('annotations');
  spec.text('description', MOST_DESCRIPTION);
  if (spec.boolean('alertWhenBreaching') === false) spec.warn('alertWhenBreaching', 'is read as true');
  if (spec.boolean('alertWhenResolved') === false) spec.warn('alertWhenResolved', 'is read as true');
  if (spec.boolean('alertWhenNoData') === true) spec.warn('alertWhenNoData', 'is not kept: missing data is an alert of its own');
  for (const target of spec.list('notificationTargets')) if (target.text('targetRef') !== OWN_TARGET) target.warn(null, 'is not kept');
  const conditions = spec.list('conditions');
  const [only] = conditions;
  if (only === undefined || conditions.length > 1) return refuse(spec, 'conditions', 'must be exactly one');
  const half = readCondition(only, find);
  return half && { ...half, policy, rule: annotations?.text(ANNOTATION.rule), window: annotations?.text(ANNOTATION.window) };
}

function readCondition(inline: Fields, find: Find): Omit<Half, 'policy' | 'rule' | 'window'> | null {
  const document = follow(inline, 'conditionRef', 'AlertCondition', find);
  const spec = document?.child('spec');
  const condition = spec?.child('condition');
  if (document === undefined || spec === undefined || condition === undefined)
    return refuse(inline, null, 'needs a condition, or a conditionRef to one');
  inline.text('kind');
  document.child('metadata')?.text('name');
  spec.text('description', MOST_DESCRIPTION);
  const named = spec.text('severity');
  if (named === undefined) return refuse(spec, 'severity', 'is missing');
  const severity = SEVERITY[named.toLowerCase()];
  if (severity === undefined) spec.warn('severity', 'is read as ticket');
  const burn = readBurn(condition);
  return burn && { severity: severity ?? 'ticket', ...burn };
}

function readBurn(condition: Fields): Pick<Half, 'factor' | 'lookbackMs' | 'forMs'> | null {
  if ((condition.text('kind') ?? 'burnrate') !== 'burnrate') return refuse(condition, 'kind', 'must be burnrate');
  if (!['gt', 'gte'].includes(condition.text('op') ?? 'gt')) return refuse(condition, 'op', 'must be gt or gte');
  const factor = condition.number('threshold');
  const lookbackMs = durationMs(condition.text('lookbackWindow') ?? '');
  const after = condition.text('alertAfter') ?? NO_HOLD;
  const forMs = after === NO_HOLD ? 0 : durationMs(after);
  if (factor !== undefined && lookbackMs !== null && forMs !== null) return { factor, lookbackMs, forMs };
  return refuse(condition, null, 'needs a threshold, a lookbackWindow and an alertAfter of minutes to weeks');
}

/** Two policies of one rule of ours become that rule again; a policy of others has one window, and gets a short one. */
function rulesFrom(halves: readonly Half[]): readonly BurnRule[] {
  return halves.flatMap((half) => {
    const { rule, window, severity, factor, lookbackMs, forMs, policy } = half;
    if (rule !== undefined && window === 'short') return [];
    const short = halves.find((other) => rule !== undefined && other.rule === rule && other.window === 'short');
    if (short !== undefined) return [{ severity, longMs: lookbackMs, shortMs: short.lookbackMs, factor, forMs }];
    policy.warn(null, 'has one window: a short one, a twelfth as long, is added');
    return [
      { severity, longMs: lookbackMs, shortMs: Math.max(1, Math.round(lookbackMs / SHORT_OF_LONG / MINUTE)) * MINUTE, factor, forMs },
    ];
  });
}

function follow(inline: Fields, refKey: string, kind: string, find: Find): Fields | undefined {
  const ref = inline.text(refKey);
  if (ref === undefined) return inline;
  const found = find(kind, ref);
  if (found === undefined) inline.refuse(refKey, `there is no ${kind} ${ref} among the documents`);
  return found;
}

function refuse(fields: Fields, key: string | null, message: string): null {
  fields.refuse(key, message);
  return null;
}
