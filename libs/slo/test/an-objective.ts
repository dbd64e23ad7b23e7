import { DEFAULT_POLICY, type Objective } from '../src/index.js';

/** A sound objective, with what a test wants different. */
export function anObjective(different: Partial<Objective> = {}): Objective {
  return {
    project: 'default',
    environment: 'production',
    name: 'checkout-success',
    owner: 'payments',
    indicator: { kind: 'success' },
    scope: { kind: 'flag', flag: 'new-checkout' },
    target: 0.99,
    period: { kind: 'rolling', days: 30 },
    alerting: { preset: 'default' },
    runbook: 'https://runbooks.example/checkout',
    policy: DEFAULT_POLICY,
    ...different,
  };
}
