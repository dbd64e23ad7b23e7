import { type Flag, type FlagSet, prepareFlag, registerHash, type Serve } from '@ballast/evaluation';
import { importedHashes } from '@ballast/evaluation/hashes';
import type { ImportItem, ImportServe } from '@ballast/importers';

importedHashes.forEach(registerHash);

function toServe(serve: ImportServe): Serve {
  if ('variant' in serve) return serve;
  const { percent, weights, ...split } = serve.split;
  return { split: { ...split, share: Math.round(percent * 1000), weights: weights.map(({ variant, weight }) => [variant, weight]) } };
}

/** A translated flag as the server compiles it. */
export function toFlag({ key, type, variants, config, metadata }: ImportItem): Flag {
  const { on, offVariant, prerequisites } = config;
  const rules = config.rules.map(({ id, when, serve }) => ({ id, when, serve: toServe(serve) }));
  const byDefault = config.default === null ? null : toServe(config.default);
  const state = on ? 'on' : 'off';
  return { key, version: 1, type, state, variants, offVariant, prerequisites, rules, default: byDefault, metadata };
}

/** Translated flags, ready to be evaluated. */
export function toSet(items: readonly ImportItem[]): FlagSet {
  return { flags: new Map(items.map((item) => [item.key, prepareFlag(toFlag(item))])), segments: new Map() };
}
