import { isMembers, type Members, own, quote } from '../findings.js';
import type { ImportItem, RefusedItem } from '../model.js';
import { texts } from './attributes.js';
import type { Translated } from './feature.js';

type Features = ReadonlyMap<unknown, Translated>;

/** What one dependency asks for: variants of a parent, or why nothing can ever answer it. */
type Asked = { readonly flag: string; readonly variants: readonly string[] } | { readonly never: string } | { readonly refused: string };

function listOf(feature: Members): readonly Members[] {
  const list = own(feature, 'dependencies');
  return Array.isArray(list) ? list.filter(isMembers) : [];
}

/** Unleash follows dependencies over one level: a parent that is not there, or has parents, keeps its children off for ever. */
function toAsked(dependency: Members, features: Features): Asked {
  const parent = own(dependency, 'feature');
  const found = features.get(parent);
  if (typeof parent !== 'string' || found === undefined) return { never: `its parent ${quote(parent)} is not there` };
  if (listOf(found.source).length > 0) return { never: `its parent ${quote(parent)} has parents of its own` };
  if ('refused' in found) return { refused: `depends on ${quote(parent)}, which is refused` };
  const names = texts(own(dependency, 'variants'));
  if (own(dependency, 'enabled') === false) return { flag: parent, variants: [found.table.off] };
  return { flag: parent, variants: names.length > 0 ? found.table.called(names) : found.table.enabled };
}

type Prerequisites = Map<string, readonly string[]>;

function shared(before: readonly string[], variants: readonly string[]): readonly string[] {
  const wanted = new Set(variants);
  return before.filter((variant) => wanted.has(variant));
}

function merged(asked: readonly Asked[]): Prerequisites {
  const prerequisites: Prerequisites = new Map();
  for (const one of asked) {
    if (!('flag' in one)) continue;
    const before = prerequisites.get(one.flag);
    prerequisites.set(one.flag, before === undefined ? one.variants : shared(before, one.variants));
  }
  return prerequisites;
}

function neverOn(item: ImportItem, off: string, why: string): ImportItem {
  const config = { ...item.config, rules: [], default: { variant: off } };
  return { ...item, config, notes: [...item.notes, `It is never on, as in Unleash: ${why}.`] };
}

/** Adds the dependencies of a feature to it as prerequisites. */
export function withDependencies(feature: Translated, features: Features): { item: ImportItem } | { refused: RefusedItem } {
  if ('refused' in feature) return { refused: feature.refused };
  const { item, table, source } = feature;
  const asked = listOf(source).map((dependency) => toAsked(dependency, features));
  const refused = asked.flatMap((one) => ('refused' in one ? [one.refused] : []));
  if (refused.length > 0) return { refused: { key: item.key, reasons: refused } };
  const never = asked.find((one) => 'never' in one);
  if (never !== undefined) return { item: neverOn(item, table.off, never.never) };
  const prerequisites = [...merged(asked)].map(([flag, variants]) => ({ flag, variants }));
  const impossible = prerequisites.find(({ variants }) => variants.length === 0);
  if (impossible !== undefined)
    return { item: neverOn(item, table.off, `its parent ${quote(impossible.flag)} has none of the variants it asks for`) };
  return { item: { ...item, config: { ...item.config, prerequisites } } };
}
