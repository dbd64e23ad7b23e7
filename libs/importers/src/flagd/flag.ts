import type { FlagType, FlagValue } from '@ballast/evaluation';
import { isMembers, type Members, own, quote, refuseFlag } from '../findings.js';
import type { ImportItem, RefusedItem } from '../model.js';
import { expand, isTooDeep } from './expand.js';
import { type Scope } from './scope.js';
import { toRules } from './targeting.js';

/** What the flags of one file share. */
export interface FlagFile {
  readonly evaluators: Members;
  readonly metadata: Members;
}

const known: ReadonlySet<string> = new Set([
  'state',
  'variants',
  'defaultVariant',
  'targeting',
  'metadata',
  'description',
  'key',
  'flagSetId',
]);

function isFlagValue(value: unknown): value is FlagValue {
  return value !== null && value !== undefined && (typeof value !== 'number' || Number.isFinite(value));
}

function typeOf(value: FlagValue): FlagType {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'string';
  return typeof value === 'number' ? 'number' : 'object';
}

function toVariants(flag: Members, scope: Scope): { type: FlagType; variants: ImportItem['variants'] } {
  const variants = own(flag, 'variants');
  const entries = isMembers(variants) ? Object.entries(variants) : [];
  const values = entries.flatMap(([name, value]): [string, FlagValue][] => (isFlagValue(value) ? [[name, value]] : []));
  if (values.length < entries.length) refuseFlag(scope, 'has a variant whose value is null');
  const [first] = values;
  if (first === undefined) {
    refuseFlag(scope, 'has no variants');
    return { type: 'boolean', variants: {} };
  }
  const type = typeOf(first[1]);
  if (values.some(([, value]) => typeOf(value) !== type)) refuseFlag(scope, 'has variants of more than one type');
  return { type, variants: Object.fromEntries(values) };
}

function toMetadata(flag: Members, file: FlagFile, scope: Scope): ImportItem['metadata'] {
  const metadata = own(flag, 'metadata') ?? {};
  if (!isMembers(metadata)) refuseFlag(scope, 'has metadata that is not an object');
  const entries = Object.entries({ ...file.metadata, ...(isMembers(metadata) ? metadata : {}) });
  const plain = entries.flatMap(([name, value]): [string, string | number | boolean][] => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [[name, value]];
    refuseFlag(scope, `has metadata ${quote(name)} that is neither text, number nor boolean`);
    return [];
  });
  return Object.fromEntries(plain);
}

function toDefault(flag: Members, scope: Scope): { variant: string } | null {
  const variant = own(flag, 'defaultVariant') ?? null;
  if (variant === null) return null;
  if (typeof variant === 'string' && scope.variants.has(variant)) return { variant };
  refuseFlag(scope, `has the default variant ${quote(variant)}, which is none of its variants`);
  return null;
}

function targetingOf(flag: Members, file: FlagFile, scope: Scope): ImportItem['config']['rules'] {
  const targeting = own(flag, 'targeting') ?? {};
  if (!isMembers(targeting)) refuseFlag(scope, 'has targeting that is not an object');
  if (!isMembers(targeting) || Object.keys(targeting).length === 0) return [];
  const expanded = expand(targeting, file.evaluators, scope);
  return scope.reasons.size > 0 ? [] : toRules(expanded, scope);
}

function toState(flag: Members, scope: Scope): boolean {
  const state = own(flag, 'state');
  if (state !== 'ENABLED' && state !== 'DISABLED') refuseFlag(scope, `has the state ${quote(state)}, neither ENABLED nor DISABLED`);
  if (state === 'DISABLED') scope.notes.add('It is disabled: the code default is served, as in flagd.');
  return state === 'ENABLED';
}

function noteUnknown(flag: Members, scope: Scope): void {
  const ignored = Object.keys(flag).filter((name) => !known.has(name));
  if (ignored.length > 0) scope.notes.add(`Members that flagd does not know are left out: ${ignored.map(quote).join(', ')}.`);
}

function describe(flag: Members): string {
  const description = own(flag, 'description');
  return typeof description === 'string' ? description : '';
}

/** Translates one flag of a flagd file, whole or not at all. */
export function toItem(key: string, flag: unknown, file: FlagFile): { item: ImportItem } | { refused: RefusedItem } {
  if (!isMembers(flag) || isTooDeep(flag)) return { refused: { key, reasons: [isMembers(flag) ? 'nests too deep' : 'is not an object'] } };
  const names = own(flag, 'variants');
  const variantNames = new Set(isMembers(names) ? Object.keys(names) : []);
  const scope: Scope = { flagKey: key, variants: variantNames, reasons: new Set(), notes: new Set() };
  const { type, variants } = toVariants(flag, scope);
  const metadata = toMetadata(flag, file, scope);
  const config = {
    on: toState(flag, scope),
    offVariant: null,
    rules: targetingOf(flag, file, scope),
    default: toDefault(flag, scope),
    prerequisites: [],
  };
  noteUnknown(flag, scope);
  if (scope.reasons.size > 0) return { refused: { key, reasons: [...scope.reasons] } };
  return { item: { key, type, variants, config, description: describe(flag), metadata, notes: [...scope.notes] } };
}
