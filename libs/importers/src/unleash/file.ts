import { isMembers, type Members, own } from '../findings.js';
import { isTooDeep } from '../flagd/expand.js';
import type { RefusedItem, TranslationResult } from '../model.js';
import { withDependencies } from './dependencies.js';
import { foldEvents } from './events.js';
import { fromExport } from './export.js';
import { type Translated, toFeature } from './feature.js';
import { listOf, type Payload, type PayloadResult, segmentsOf } from './payload.js';
import { MAX_FEATURES, Sizes } from './size.js';

/** How an Unleash file is read. */
export interface UnleashOptions {
  /** The environment of an export file to take; one that has only one environment needs none. */
  readonly environment?: string | undefined;
}

function toPayload(content: Members, options: UnleashOptions): PayloadResult {
  if (own(content, 'featureStrategies') !== undefined) return fromExport(content, options.environment);
  const events = own(content, 'events');
  if (Array.isArray(events)) return foldEvents(events);
  const features = listOf(content, 'features');
  const segments = listOf(content, 'segments');
  if (own(content, 'features') === undefined || features === null || segments === null)
    return {
      ok: false,
      problem: 'An Unleash file is a client payload or an export: a JSON object with the lists "features" and "segments".',
    };
  return { ok: true, payload: { features, segments: segmentsOf(segments, []) } };
}

/** Why an entry of the list cannot even be looked at; null: it can. */
function problemOf(feature: unknown, seen: ReadonlyMap<unknown, Translated>, sizes: Sizes): RefusedItem | null {
  const key = isMembers(feature) ? own(feature, 'name') : undefined;
  if (typeof key !== 'string' || key === '') return { key: '', reasons: ['has no name'] };
  if (isTooDeep(feature)) return { key, reasons: ['nests too deep'] };
  if (seen.has(key)) return { key, reasons: ['is in the file more than once; the first was taken'] };
  const reason = sizes.problemOf(feature);
  return reason === null ? null : { key, reasons: [reason] };
}

function translate({ features, segments }: Payload): TranslationResult {
  if (features.length > MAX_FEATURES) return { ok: false, problem: `The file has more than ${MAX_FEATURES} features.` };
  const sizes = new Sizes(segments);
  const translated = new Map<unknown, Translated>();
  const refused: RefusedItem[] = [];
  for (const feature of features) {
    const problem = problemOf(feature, translated, sizes);
    if (problem !== null) refused.push(problem);
    else if (isMembers(feature)) translated.set(own(feature, 'name'), toFeature(feature, { segments }));
  }
  const outcomes = [...translated.values()].map((feature) => withDependencies(feature, translated));
  const items = outcomes.flatMap((outcome) => ('item' in outcome ? [outcome.item] : []));
  const late = outcomes.flatMap((outcome) => ('refused' in outcome ? [outcome.refused] : []));
  return { ok: true, translation: { items, refused: [...refused, ...late] } };
}

/**
 * Translates an Unleash file, already parsed, into flags of ours, each whole or refused with its reasons. The file is what Unleash answers
 * its SDKs, as a payload or as the events of the delta API, or the export of an environment.
 */
export function fromUnleash(content: unknown, options: UnleashOptions = {}): TranslationResult {
  if (!isMembers(content)) return { ok: false, problem: 'An Unleash file is a JSON object.' };
  const result = toPayload(content, options);
  return result.ok ? translate(result.payload) : result;
}
