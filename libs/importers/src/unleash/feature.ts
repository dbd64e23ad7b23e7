import { type Findings, isMembers, type Members, own, quote, refuseFlag } from '../findings.js';
import type { ImportItem, ImportKind, RefusedItem } from '../model.js';
import { type Choice, toFeatureRules } from './rules.js';
import { type FeatureFile, toStrategy } from './strategies.js';
import { hasVariants, type Selection, toSelection, VariantTable } from './variants.js';

/** A feature translated by itself, before its dependencies are looked at. */
export type Translated =
  | { readonly item: ImportItem; readonly table: VariantTable; readonly source: Members }
  | { readonly refused: RefusedItem; readonly source: Members };

const kinds: ReadonlyMap<unknown, ImportKind> = new Map<unknown, ImportKind>([
  ['release', 'release'],
  ['experiment', 'experiment'],
  ['operational', 'operational'],
  ['kill-switch', 'kill-switch'],
  ['permission', 'permission'],
]);

function strategiesOf(feature: Members, findings: Findings): readonly Members[] {
  const list = own(feature, 'strategies');
  if (!Array.isArray(list)) refuseFlag(findings, 'has no list of strategies');
  const strategies = Array.isArray(list) ? list : [];
  if (!strategies.every(isMembers)) refuseFlag(findings, 'has a strategy that is not an object');
  return strategies.filter(isMembers).filter((strategy) => own(strategy, 'disabled') !== true);
}

function stickinessOf(list: unknown): unknown {
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return isMembers(first) ? own(first, 'stickiness') : undefined;
}

function ofFeature(feature: Members, name: string): Parameters<typeof toSelection>[0] {
  const variants = own(feature, 'variants');
  return { variants, stickiness: stickinessOf(variants), salt: name };
}

function refuseGroup(groupId: unknown, findings: Findings): string {
  refuseFlag(findings, `has the groupId ${quote(groupId)}, which is no text`);
  return '';
}

/** Variants of a strategy; Unleash hashes a groupId that is missing as the text "undefined". */
function ofStrategy(strategy: Members, findings: Findings): Parameters<typeof toSelection>[0] {
  const variants = own(strategy, 'variants');
  const parameters = own(strategy, 'parameters');
  const { groupId, stickiness } = isMembers(parameters) ? parameters : {};
  return {
    variants,
    stickiness: stickinessOf(variants) || stickiness,
    salt: typeof groupId === 'object' && groupId !== null ? refuseGroup(groupId, findings) : String(groupId),
  };
}

function noteFallback(selection: Selection | null, findings: Findings): void {
  if (selection === null || selection.weights.length < 2) return;
  findings.notes.add(
    `Contexts without ${selection.by.join(', ')}, whose variant Unleash leaves to chance, get ${quote(selection.fallback)} here.`,
  );
}

function noteRest(feature: Members, findings: Findings): void {
  const { notes } = findings;
  if (own(feature, 'stale') === true) notes.add('It is marked as stale in Unleash.');
  if (own(feature, 'impressionData') === true) notes.add('It asks for impression data; every evaluation is counted here anyway.');
  if (hasVariants(own(feature, 'tags'))) notes.add('Its tags are left out.');
  if (hasVariants(own(feature, 'links'))) notes.add('Its links are left out.');
}

function textOf(members: Members, name: string): string {
  const text = own(members, name);
  return typeof text === 'string' ? text : '';
}

function toChoices(feature: Members, table: VariantTable, file: FeatureFile & { readonly findings: Findings }): Choice[] {
  const { findings } = file;
  const name = textOf(feature, 'name');
  const shared = toSelection(ofFeature(feature, name), table, findings);
  const strategies = strategiesOf(feature, findings);
  const everyone = { strategy: { when: true, rollout: null }, selection: shared, description: '' };
  if (strategies.length === 0 && !hasVariants(own(feature, 'strategies'))) return [everyone];
  return strategies.map((strategy): Choice => {
    const selection = toSelection(ofStrategy(strategy, findings), table, findings) ?? shared;
    return { strategy: toStrategy(strategy, name, file), selection, description: textOf(strategy, 'title') };
  });
}

/** Translates one feature, whole or not at all. */
export function toFeature(feature: Members, file: FeatureFile): Translated {
  const key = textOf(feature, 'name');
  const findings: Findings = { reasons: new Set(), notes: new Set() };
  const strategies = own(feature, 'strategies');
  const listed = Array.isArray(strategies) ? strategies.filter(isMembers) : [];
  const table = new VariantTable(
    hasVariants(own(feature, 'variants')) || listed.some((strategy) => hasVariants(own(strategy, 'variants'))),
  );
  const choices = toChoices(feature, table, { ...file, findings });
  for (const { selection } of choices) noteFallback(selection, findings);
  noteRest(feature, findings);
  if (findings.reasons.size > 0) return { refused: { key, reasons: [...findings.reasons] }, source: feature };
  const kind = kinds.get(own(feature, 'type'));
  const item: ImportItem = {
    key,
    type: table.type,
    variants: table.values,
    config: { on: own(feature, 'enabled') === true, offVariant: table.off, ...toFeatureRules(choices, table), prerequisites: [] },
    description: textOf(feature, 'description'),
    ...(kind === undefined ? {} : { kind }),
    metadata: {},
    notes: [...findings.notes],
  };
  return { item, table, source: feature };
}
