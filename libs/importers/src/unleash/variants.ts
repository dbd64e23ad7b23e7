import type { FlagType, FlagValue, Json } from '@ballast/evaluation';
import { type Findings, isMembers, type Members, own, quote, refuseFlag } from '../findings.js';
import { isTooDeep } from '../flagd/expand.js';
import { anyOf, type Truth } from '../logic.js';
import { attributeName, texts, written } from './attributes.js';

/** Largest sum of weights that the engine divides exactly. */
const MAX_TOTAL = 2 ** 21;

/** The variants a feature becomes: on and off, and one for each of its own with a name and content not seen before. */
export class VariantTable {
  readonly type: FlagType;
  readonly on: string;
  readonly off: string;
  readonly #names = new Map<string, string>();
  readonly #values = new Map<string, FlagValue>();
  readonly #unleashNames = new Map<string, string>();

  constructor(hasVariants: boolean) {
    this.type = hasVariants ? 'object' : 'boolean';
    this.on = this.#name('on', hasVariants ? { enabled: true } : true);
    this.off = this.#name('off', hasVariants ? { enabled: false } : false);
  }

  /** All values by our names. */
  get values(): { readonly [name: string]: FlagValue } {
    return Object.fromEntries(this.#values);
  }

  /** Our names of what the feature can be while it is on. */
  get enabled(): readonly string[] {
    return [...this.#values.keys()].filter((name) => name !== this.off);
  }

  /** Our names of what Unleash calls by one of these; `disabled` is on without a variant. */
  called(unleashNames: readonly string[]): readonly string[] {
    const wanted = new Set(unleashNames);
    return this.enabled.filter((name) => wanted.has(this.#unleashNames.get(name) ?? 'disabled'));
  }

  /** Our name of a variant of Unleash's. */
  add(variant: string, payload: unknown, findings: Findings): string {
    const content = payloadOf(payload, findings);
    const name = this.#name(variant, { enabled: true, variant, ...content });
    this.#unleashNames.set(name, variant);
    return name;
  }

  #name(wanted: string, value: FlagValue): string {
    const content = JSON.stringify(value);
    const known = this.#names.get(content);
    if (known !== undefined) return known;
    let name = wanted;
    for (let n = 2; this.#values.has(name); n++) name = `${wanted}#${n}`;
    this.#names.set(content, name);
    this.#values.set(name, value);
    return name;
  }
}

/** A payload as it is, and the value that its text writes. */
function payloadOf(payload: unknown, findings: Findings): { readonly payload?: Json; readonly value?: Json } {
  if (!isMembers(payload)) return {};
  const type = own(payload, 'type');
  const text = own(payload, 'value');
  if (typeof type !== 'string' || typeof text !== 'string') {
    refuseFlag(findings, `has the payload ${quote(payload)}, which has no type and text`);
    return {};
  }
  return { payload: { type, value: text }, value: typed(type, text, findings) };
}

function typed(type: string, text: string, findings: Findings): Json {
  if (type !== 'number' && type !== 'json') return text;
  try {
    const value: Json = JSON.parse(text);
    if (isTooDeep(value)) refuseFlag(findings, 'has a payload that nests too deep');
    else if (type === 'json' || typeof value === 'number') return value;
  } catch {
    // Not what its type promises: it stays text.
  }
  findings.notes.add(`The payload ${quote(text)} is no ${type}; its value stays text.`);
  return text;
}

/** Who gets which variant of those that a strategy or a feature has. */
export interface Selection {
  /** Contexts that are given a variant by name, first match wins. */
  readonly overrides: readonly { readonly when: Truth; readonly variant: string }[];
  readonly weights: readonly { readonly variant: string; readonly weight: number }[];
  /** Attributes to bucket by, the first that a context has. */
  readonly by: readonly string[];
  readonly salt: string;
  /** For contexts that have none of these. */
  readonly fallback: string;
}

/** What a selection is made from. */
export interface SelectionSource {
  readonly variants: unknown;
  readonly stickiness: unknown;
  readonly salt: string;
}

/** Whether a feature or strategy has variants at all. */
export function hasVariants(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}

function overridesOf(variant: Members): Truth {
  const list = own(variant, 'overrides');
  const overrides = Array.isArray(list) ? list.filter(isMembers) : [];
  return anyOf(
    overrides.map((override): Truth => {
      const field = own(override, 'contextName');
      const values = written(texts(own(override, 'values')));
      return typeof field === 'string' && values.length > 0 && { attribute: attributeName(field), op: 'in', values };
    }),
  );
}

/** The attributes that a stickiness of variants looks at; null: chance decides. */
function stickyTo(stickiness: unknown): readonly string[] | null {
  if (stickiness === undefined || stickiness === null || stickiness === 'default') return ['targetingKey', 'sessionId', 'remoteAddress'];
  return typeof stickiness !== 'string' || stickiness === '' || stickiness === 'random' ? null : [attributeName(stickiness)];
}

interface Weighed {
  readonly name: string;
  readonly weight: number;
  readonly source: Members;
}

function weighed(list: readonly unknown[], table: VariantTable, findings: Findings): Weighed[] {
  return list.flatMap((variant): Weighed[] => {
    const name = isMembers(variant) ? own(variant, 'name') : undefined;
    const weight = isMembers(variant) ? own(variant, 'weight') : undefined;
    if (
      isMembers(variant) &&
      typeof name === 'string' &&
      name !== '' &&
      typeof weight === 'number' &&
      Number.isInteger(weight) &&
      weight >= 0
    )
      return [{ name: table.add(name, own(variant, 'payload'), findings), weight, source: variant }];
    refuseFlag(findings, `has a variant without a name and a whole weight: ${quote(variant)}`);
    return [];
  });
}

/** Reads variants; null when there are none to choose from. */
export function toSelection({ variants, stickiness, salt }: SelectionSource, table: VariantTable, findings: Findings): Selection | null {
  const found = weighed(Array.isArray(variants) ? variants : [], table, findings);
  const total = found.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return null;
  if (total > MAX_TOTAL) refuseFlag(findings, `has weights that sum to more than ${MAX_TOTAL}`);
  const weights = found.filter(({ weight }) => weight > 0).map(({ name, weight }) => ({ variant: name, weight }));
  const heaviest = weights.reduce((best, one) => (one.weight > best.weight ? one : best));
  const by = stickyTo(stickiness);
  if (by === null && weights.length > 1)
    refuseFlag(findings, 'leaves its variants to chance (stickiness random): evaluation here knows none');
  const overrides = found.map(({ name, source }) => ({ when: overridesOf(source), variant: name }));
  return { overrides: overrides.filter(({ when }) => when !== false), weights, by: by ?? [], salt, fallback: heaviest.variant };
}
