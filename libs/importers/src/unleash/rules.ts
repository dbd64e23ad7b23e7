import { all, type Truth, toCondition } from '../logic.js';
import type { ImportRule, ImportServe } from '../model.js';
import { hasKey } from './attributes.js';
import { type Rollout, rolloutTruth, type Strategy } from './strategies.js';
import type { Selection, VariantTable } from './variants.js';

/** A strategy with what those get whom it lets in; null: the feature without a variant. */
export interface Choice {
  readonly strategy: Strategy;
  readonly selection: Selection | null;
  readonly description: string;
}

/** Rules in order, and what is served when none holds. */
export interface FeatureRules {
  readonly rules: readonly ImportRule[];
  readonly default: ImportServe;
}

interface Branch {
  readonly when: Truth;
  readonly serve: ImportServe;
}

const WHOLE = 100;

function isIn({ when, rollout }: Strategy): Truth {
  return rollout === null ? when : all(when, rolloutTruth(rollout));
}

/** One rule for each attribute that may decide, the first that a context has, and what everyone else gets. */
function spread(when: Truth, { weights, by, salt, fallback }: Selection): Branch[] {
  const [only, ...others] = weights;
  if (only === undefined || others.length === 0) return [{ when, serve: { variant: fallback } }];
  const splits = by.map((attribute): Branch => {
    const split = { by: attribute, hash: 'unleash-murmur3' as const, salt, percent: WHOLE, weights, rest: null };
    return { when: all(when, hasKey(attribute)), serve: { split } };
  });
  return [...splits, { when, serve: { variant: fallback } }];
}

function branchesOf({ strategy, selection }: Choice, table: VariantTable): Branch[] {
  const when = isIn(strategy);
  if (selection === null) return [{ when, serve: { variant: table.on } }];
  const overrides = selection.overrides.map((one): Branch => ({ when: all(when, one.when), serve: { variant: one.variant } }));
  return [...overrides, ...spread(when, selection)];
}

/** What the last strategy's rollout divides, if one split can say it: who is in by the same key and salt as who gets which variant. */
function weightsOf(rollout: Rollout, selection: Selection | null, table: VariantTable): Selection['weights'] | null {
  if (selection === null) return [{ variant: table.on, weight: 1 }];
  const { overrides, weights, salt, by } = selection;
  if (overrides.length > 0) return null;
  const isSame = weights.length === 1 || (salt === rollout.salt && rollout.by.every((attribute, i) => by[i] === attribute));
  return isSame ? weights : null;
}

/** The last strategy: nobody is asked after it, so its rollout can be a split, whose percentage is plain to see and to edit. */
function lastBranches(choice: Choice, table: VariantTable): Branch[] {
  const { when, rollout } = choice.strategy;
  const isPartial = rollout !== null && typeof rolloutTruth(rollout) !== 'boolean' && rollout.percent < WHOLE;
  const weights = isPartial ? weightsOf(rollout, choice.selection, table) : null;
  if (!isPartial || weights === null) return branchesOf(choice, table);
  const { by, salt, percent } = rollout;
  return by.map((attribute): Branch => {
    const split = { by: attribute, hash: 'unleash-murmur3' as const, salt, percent, weights, rest: table.off };
    return { when: all(when, hasKey(attribute)), serve: { split } };
  });
}

/** The strategies that can decide: not those that never hold, and none after one that always does. */
function effective(choices: readonly Choice[]): Choice[] {
  const able = choices.filter(({ strategy }) => isIn(strategy) !== false);
  const end = able.findIndex(({ strategy }) => isIn(strategy) === true);
  return end < 0 ? able : able.slice(0, end + 1);
}

/** Strategies in order as rules: the first that lets a context in decides what it gets, and without one the feature is off. */
export function toFeatureRules(choices: readonly Choice[], table: VariantTable): FeatureRules {
  const able = effective(choices);
  const rules = able.flatMap((choice, i): (ImportRule & { readonly isSure: boolean })[] => {
    const branches = i === able.length - 1 ? lastBranches(choice, table) : branchesOf(choice, table);
    const id = `strategy-${choices.indexOf(choice) + 1}`;
    const said = choice.description === '' ? {} : { description: choice.description };
    const possible = branches.filter(({ when }) => when !== false);
    return possible.map(({ when, serve }, n) => ({
      id: n === 0 ? id : `${id}-${n + 1}`,
      ...said,
      when: toCondition(when),
      serve,
      isSure: when === true,
    }));
  });
  const sure = rules.findIndex(({ isSure }) => isSure);
  const asked = sure < 0 ? rules : rules.slice(0, sure);
  return {
    rules: asked.map(({ isSure: _, ...rule }) => rule),
    default: rules[sure]?.serve ?? { variant: table.off },
  };
}
