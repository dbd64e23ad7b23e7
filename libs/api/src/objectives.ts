import { DEFAULT_POLICY, PRESETS } from '@ballast/slo';
import { z } from 'zod';
import { anyKey, moment, nameText, ownerText, placeKey, reasonText, storableText, textOfUnits } from './keys.js';
import { LIMITS } from './limits.js';
import { pageOf, pageQuery } from './pagination.js';

/** Names that are paths beside objectives. */
const RESERVED = ['openslo', 'prometheus-rules'];

const objectiveName = placeKey
  .refine((name) => !RESERVED.includes(name), 'is kept for the API itself')
  .meta({ description: 'Unique in the project' });
const query = storableText.min(1).max(LIMITS.queryLength.max);
const eventName = textOfUnits(LIMITS.variantNameLength.max);

/** What counts as good. */
export const indicator = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('success') }),
    z.strictObject({
      kind: z.literal('latency'),
      thresholdMs: z.int().meta({ description: 'A threshold that SDKs are told to count' }),
    }),
    z.strictObject({ kind: z.literal('business'), good: eventName, total: eventName.nullable().default(null) }),
    z.strictObject({ kind: z.literal('promql'), counts: z.enum(['good', 'bad']), query, total: query }),
  ])
  .meta({ id: 'Indicator' });

/** Whose outcomes count. */
export const objectiveScope = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('flag'), flag: anyKey }),
    z.strictObject({ kind: z.literal('variant'), flag: anyKey, variant: eventName }),
    z.strictObject({ kind: z.literal('tag'), tag: textOfUnits(LIMITS.tagLength.max) }),
    z.strictObject({ kind: z.literal('service'), service: textOfUnits(LIMITS.tagLength.max) }),
  ])
  .meta({ id: 'ObjectiveScope', description: 'A service is all flags with the tag service:<name>' });

/** Over what an objective is to be met. */
export const period = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('rolling'), days: z.number() }),
    z.strictObject({ kind: z.literal('calendar'), unit: z.enum(['week', 'month']), zone: z.string().max(64) }),
  ])
  .meta({ id: 'Period' });

const burnRule = z.strictObject({
  severity: z.enum(['page', 'ticket']),
  longMs: z.number(),
  shortMs: z.number(),
  factor: z.number(),
  forMs: z.number().default(0),
});

/** When to alert. */
export const alerting = z
  .union([
    z.strictObject({ preset: z.enum(PRESETS) }),
    z.strictObject({ preset: z.literal('custom'), rules: z.array(burnRule).max(LIMITS.rulesPerObjective.max) }),
  ])
  .meta({ id: 'Alerting' });

const policyAction = z.enum(['ramp', 'change', 'fix', 'turn_off', 'rollback', 'kill_switch']);

/** What happens when less than a share of the budget is left. */
export const budgetPolicy = z
  .array(
    z.strictObject({
      remainingBelow: z.number(),
      action: z.enum(['notify', 'require_approval_for_ramp', 'freeze_rollouts', 'freeze_changes']),
      exempt: z.array(policyAction).max(policyAction.options.length).optional(),
    }),
  )
  .max(8)
  .meta({ id: 'BudgetPolicy' });

const fields = {
  displayName: nameText.optional(),
  description: storableText.max(LIMITS.descriptionLength.max).optional(),
  owner: ownerText,
  indicator,
  scope: objectiveScope,
  target: z.number().meta({ description: 'The share of outcomes that must be good, above 0 and below 1' }),
  period,
  alerting,
  runbook: storableText.max(2_048).optional().meta({ description: 'http or https; required where a rule pages' }),
  policy: budgetPolicy,
};

const complete = {
  ...fields,
  period: period.default({ kind: 'rolling', days: 30 }),
  alerting: alerting.default({ preset: 'default' }),
  policy: budgetPolicy.default(() => budgetPolicy.parse(DEFAULT_POLICY)),
};

/** Body that creates an objective. */
export const createObjective = z.strictObject({ name: objectiveName, environment: placeKey, ...complete, reason: reasonText.optional() });
export type CreateObjective = z.infer<typeof createObjective>;

/** Body that replaces an objective; its name and environment never change. */
export const putObjective = z.strictObject({ ...complete, reason: reasonText.optional() });
export type PutObjective = z.infer<typeof putObjective>;

/** What a merge patch of an objective must lead to. */
export const patchedObjective = z.strictObject(fields);
export type PatchedObjective = z.infer<typeof patchedObjective>;

/** Body that merge-patches an objective (RFC 7396). */
export const patchObjective = z.strictObject({
  ...Object.fromEntries(Object.keys(fields).map((name) => [name, z.unknown().optional()])),
  reason: reasonText.optional(),
});
export type PatchObjective = z.infer<typeof patchObjective>;

const windowCounts = z.object({ good: z.number(), bad: z.number() });
const budget = z.object({ allowed: z.number(), consumed: z.number().nullable(), remaining: z.number().nullable() });
const tier = z.object({
  rule: burnRule,
  longBurn: z.number(),
  shortBurn: z.number(),
  fires: z.boolean(),
  clear: z.boolean(),
  excused: z.boolean().meta({ description: 'Fires only because of declared maintenance' }),
  forMs: z.number(),
});

/** How an objective stands. */
export const objectiveState = z.enum(['ok', 'no_data', 'burning', 'exhausted']).meta({ id: 'ObjectiveState' });

/** What an evaluation found. */
export const objectiveStatus = z
  .object({
    state: objectiveState,
    since: z.string().meta({ description: 'When this state began' }),
    at: z.string().meta({ description: 'End of the last minute that was counted' }),
    sli: z.number().nullable(),
    budget: budget.meta({ description: 'Of everything that happened' }),
    budgetWithoutExcluded: budget.meta({ description: 'Without declared maintenance; state and policies go by it' }),
    burn: z.number().meta({ description: 'Burn rate of the shortest long window' }),
    exhaustedInMs: z.number().nullable(),
    windows: z.array(z.object({ windowMs: z.number(), counts: windowCounts, burn: z.number(), burnWithoutExcluded: z.number() })),
    tiers: z.array(tier),
    firing: z.array(z.enum(['page', 'ticket'])),
    policy: z.array(z.string()).meta({ description: 'Actions of the budget policy that apply now' }),
    problem: z.string().nullable().meta({ description: 'Why there is no data, where that is a failure' }),
  })
  .meta({ id: 'ObjectiveStatus' });
export type ObjectiveStatus = z.infer<typeof objectiveStatus>;

const finding = z.object({ level: z.enum(['error', 'warning']), path: z.string(), message: z.string() });

/** An objective as it is answered. */
export const objectiveView = z
  .object({
    name: z.string(),
    environment: z.string(),
    ...fields,
    version: z.int(),
    createdAt: z.string(),
    updatedAt: z.string(),
    warnings: z.array(finding).meta({ description: 'What deserves a thought, such as a rule that sees nothing but outages' }),
    status: objectiveStatus.nullable().meta({ description: 'null until it was evaluated for the first time' }),
  })
  .meta({ id: 'Objective' });
export type ObjectiveView = z.infer<typeof objectiveView>;
export const objectivePage = pageOf(objectiveView);

/** Query of the list of objectives. */
export const listObjectivesQuery = z.strictObject({
  ...pageQuery,
  environment: placeKey.optional(),
  flag: anyKey.optional().meta({ description: 'Only those about this flag or a variant of it' }),
  state: objectiveState.optional(),
});
export type ListObjectivesQuery = z.infer<typeof listObjectivesQuery>;

/** Query of an objective's past: at most 31 days; unless said, the last day. */
export const objectiveHistoryQuery = z.strictObject({ from: moment.optional(), to: moment.optional() });
export type ObjectiveHistoryQuery = z.infer<typeof objectiveHistoryQuery>;

/** How an objective stood, a row every 15 minutes. */
export const objectiveHistory = z
  .object({
    items: z.array(
      z.object({ at: z.string(), state: objectiveState, sli: z.number().nullable(), burn: z.number(), remaining: z.number().nullable() }),
    ),
  })
  .meta({ id: 'ObjectiveHistory' });
export type ObjectiveHistory = z.infer<typeof objectiveHistory>;

/** Which objectives a file is written of. */
export const objectiveFileQuery = z.strictObject({ environment: placeKey.optional() });
export type ObjectiveFileQuery = z.infer<typeof objectiveFileQuery>;

/** Which rule file is written: the rules, or `promtool` tests of them. */
export const prometheusRulesQuery = objectiveFileQuery.extend({ form: z.enum(['rules', 'tests']).default('rules') });
export type PrometheusRulesQuery = z.infer<typeof prometheusRulesQuery>;

/** Where imported objectives go, and who answers for those that do not say. */
export const openSloQuery = z.strictObject({
  environment: placeKey,
  owner: ownerText.optional().meta({ description: 'Of objectives without an owner of their own; the caller unless said' }),
});

/** What became of an OpenSLO file. */
export const openSloReport = z
  .object({
    objectives: z.array(z.object({ name: z.string(), outcome: z.enum(['created', 'changed', 'unchanged']) })),
    findings: z.array(finding).meta({ description: 'What was refused, changed or not kept' }),
  })
  .meta({ id: 'OpenSloReport' });
export type OpenSloReport = z.infer<typeof openSloReport>;

/** Body that declares maintenance: it silences alerts, and sets its minutes aside in error budgets. */
export const createMaintenance = z.strictObject({
  environment: placeKey.optional().meta({ description: 'All environments unless said' }),
  flag: anyKey.optional().meta({ description: 'All flags unless said' }),
  from: moment.optional().meta({ description: 'Now unless said; not more than an hour ago' }),
  to: moment.meta({ description: 'At most 7 days after it begins' }),
  reason: reasonText,
});
export type CreateMaintenance = z.infer<typeof createMaintenance>;

/** Declared maintenance as it is answered; on whole minutes. */
export const maintenanceView = z
  .object({
    id: z.string(),
    environment: z.string().nullable(),
    flag: z.string().nullable(),
    from: z.string(),
    to: z.string(),
    reason: z.string(),
    createdBy: z.string(),
    createdAt: z.string(),
  })
  .meta({ id: 'Maintenance' });
export type MaintenanceView = z.infer<typeof maintenanceView>;
export const maintenanceList = z.object({ items: z.array(maintenanceView) });
