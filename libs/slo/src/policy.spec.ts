import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkPolicy, DEFAULT_POLICY, decideByPolicy, type PolicyAction } from './index.js';

const verdicts = (remaining: number | null, actions: readonly PolicyAction[]) =>
  actions.map((action) => decideByPolicy(DEFAULT_POLICY, remaining, action).verdict);

it('asks for approval of ramps below a quarter and refuses them below nothing', () => {
  expect([0.6, 0.25, 0.2, 0, -0.1].map((remaining) => decideByPolicy(DEFAULT_POLICY, remaining, 'ramp').verdict)).toEqual([
    'allowed',
    'allowed',
    'needs_approval',
    'needs_approval',
    'refused',
  ]);
});

it('names the step that decided', () => {
  expect(decideByPolicy(DEFAULT_POLICY, -1, 'ramp').because).toMatchObject({ remainingBelow: 0, action: 'freeze_rollouts' });
  expect(decideByPolicy(DEFAULT_POLICY, 0.9, 'ramp').because).toBeNull();
});

it('a freeze of rollouts lets other changes pass, a freeze of changes only those it exempts', () => {
  expect(verdicts(-1, ['ramp', 'change', 'fix'])).toEqual(['refused', 'allowed', 'allowed']);
  const frozen = [{ remainingBelow: 0, action: 'freeze_changes', exempt: ['fix'] }] as const;
  expect((['ramp', 'change', 'fix'] as const).map((action) => decideByPolicy(frozen, -1, action).verdict)).toEqual([
    'refused',
    'refused',
    'allowed',
  ]);
});

it('without data nothing is stopped', () => {
  expect(verdicts(null, ['ramp', 'change'])).toEqual(['allowed', 'allowed']);
});

it('nothing ever stops turning off, rolling back or a kill switch', () => {
  const step = fc.record({
    remainingBelow: fc.double({ min: -10, max: 1, noNaN: true }),
    action: fc.constantFrom('notify' as const, 'require_approval_for_ramp' as const, 'freeze_rollouts' as const, 'freeze_changes' as const),
  });
  const action = fc.constantFrom<PolicyAction>('turn_off', 'rollback', 'kill_switch');
  fc.assert(
    fc.property(fc.array(step), fc.double({ min: -100, max: 1 }), action, (policy, remaining, what) => {
      expect(decideByPolicy(policy, remaining, what).verdict).toBe('allowed');
    }),
  );
});

it('a policy says each thing once, about a share of the budget', () => {
  expect(checkPolicy(DEFAULT_POLICY)).toEqual([]);
  expect([1, -10].flatMap((remainingBelow) => checkPolicy([{ remainingBelow, action: 'notify' }]))).toEqual([]);
  expect(checkPolicy([{ remainingBelow: -11, action: 'notify' }])).toHaveLength(1);
  expect(checkPolicy([{ remainingBelow: 25, action: 'notify' }])).toMatchObject([{ path: 'policy[0]' }]);
  expect(
    checkPolicy([
      { remainingBelow: 0.5, action: 'notify' },
      { remainingBelow: 0.4, action: 'notify' },
    ]),
  ).toMatchObject([{ path: 'policy[1]' }]);
});
