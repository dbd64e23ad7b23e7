import { expect, it } from 'vitest';
import { actionOf } from './change-action.js';
import type { FlagConfig, FlagState } from './flag.types.js';

const kill = { actor: 'ada', reason: null, killedAt: new Date(0) };
const germans = { attribute: 'country', op: 'in' as const, values: ['DE'] };

function aState(different: Partial<FlagConfig> = {}, killed = false): FlagState {
  const config = { on: true, offVariant: 'off', rules: [], default: { variant: 'on' }, prerequisites: [], ...different };
  return { config: { ...config, version: 1, updatedBy: null, updatedAt: null }, kill: killed ? kill : null };
}
const split = (percent: number) => ({
  split: {
    percentages: [
      { variant: 'on', percent },
      { variant: 'off', percent: 100 - percent },
    ],
  },
});
const serving = (serve: FlagConfig['default'], rules: FlagConfig['rules'] = []) => aState({ default: serve, rules });
const rule = (serve: NonNullable<FlagConfig['default']>, id = 'r') => ({ id, when: germans, serve });
const hashed = (percent: number) => ({
  split: { hash: 'unleash-murmur3' as const, salt: 's', percent, weights: [{ variant: 'on', weight: 1 }] },
});

it.each([
  ['nothing', aState(), aState(), null],
  ['a kill', aState(), aState({}, true), 'kill_switch'],
  ['a second kill', aState({}, true), aState({}, true), null],
  ['a restore', aState({}, true), aState(), 'ramp'],
  ['a change under a kill', aState({}, true), aState({ rules: [rule({ variant: 'on' })] }, true), 'change'],
  ['off', aState(), aState({ on: false }), 'turn_off'],
  ['on', aState({ on: false }), aState(), 'ramp'],
  ['a change while it is off', aState({ on: false }), aState({ on: false, default: split(5) }), 'change'],
  ['a larger share', serving(split(10)), serving(split(25)), 'ramp'],
  ['a lower share', serving(split(25)), serving(split(10)), 'turn_off'],
  ['a larger share of an imported split', serving(hashed(10)), serving(hashed(25)), 'ramp'],
  ['a lower share of an imported split', serving(hashed(25)), serving(hashed(10)), 'turn_off'],
  ['everybody off', serving(split(25), [rule({ variant: 'on' })]), serving({ variant: 'off' }), 'turn_off'],
  ['another variant', serving({ variant: 'on' }), serving({ variant: 'blue' }), 'ramp'],
  ['one rule up, the other down', serving(split(50), [rule(split(10))]), serving(split(40), [rule(split(20))]), 'ramp'],
  ['a new rule that gives more', serving(split(10)), serving(split(10), [rule({ variant: 'on' })]), 'ramp'],
  ['a new rule that gives nothing', serving(split(10)), serving(split(10), [rule({ variant: 'off' })]), 'change'],
  ['a rule that is gone', serving(split(10), [rule(split(50))]), serving(split(10)), 'change'],
  ['another name of a rule', serving(split(10), [rule(split(50))]), serving(split(10), [rule(split(50), 'other')]), 'change'],
] as const)('%s', (_, before, after, action) => {
  expect(actionOf({ flag: { safeVariant: 'off' }, before, after })).toBe(action);
});

it('takes conditions for the same in whatever order the database keeps their members', () => {
  const stored = { values: ['DE'], op: 'in' as const, attribute: 'country' };
  const before = serving(split(10), [{ id: 'r', when: stored, serve: split(50) }]);
  expect(actionOf({ flag: { safeVariant: 'off' }, before, after: serving(split(10), [rule(split(40))]) })).toBe('turn_off');
});
