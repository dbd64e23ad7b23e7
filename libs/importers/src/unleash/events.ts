import { isMembers, type Members, own } from '../findings.js';
import { listOf, type PayloadResult, segmentsOf } from './payload.js';

/** Features by name and segments by id, as the events seen so far leave them. */
interface State {
  readonly features: Map<unknown, unknown>;
  readonly segments: Map<unknown, unknown>;
}

function put(map: Map<unknown, unknown>, id: string, value: unknown): void {
  if (isMembers(value)) map.set(own(value, id), value);
}

function hydrate(state: State, event: Members): void {
  state.features.clear();
  state.segments.clear();
  for (const feature of listOf(event, 'features') ?? []) put(state.features, 'name', feature);
  for (const segment of listOf(event, 'segments') ?? []) put(state.segments, 'id', segment);
}

const apply: ReadonlyMap<unknown, (state: State, event: Members) => void> = new Map<unknown, (state: State, event: Members) => void>([
  ['hydration', hydrate],
  ['feature-updated', (state, event) => put(state.features, 'name', own(event, 'feature'))],
  ['feature-removed', (state, event) => void state.features.delete(own(event, 'featureName'))],
  ['segment-updated', (state, event) => put(state.segments, 'id', own(event, 'segment'))],
  ['segment-removed', (state, event) => void state.segments.delete(own(event, 'segmentId'))],
]);

/** The state that the events of the delta API lead to. */
export function foldEvents(events: readonly unknown[]): PayloadResult {
  const state: State = { features: new Map(), segments: new Map() };
  for (const event of events) {
    const step = isMembers(event) ? apply.get(own(event, 'type')) : undefined;
    if (!isMembers(event) || step === undefined)
      return { ok: false, problem: 'The member "events" holds an event that Unleash does not have.' };
    step(state, event);
  }
  return { ok: true, payload: { features: [...state.features.values()], segments: segmentsOf([...state.segments.values()], []) } };
}
