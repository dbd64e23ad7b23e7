import { init } from '@launchdarkly/node-server-sdk';
import { TestData } from '@launchdarkly/node-server-sdk/integrations';
import { flagKeys, rules } from '../jobs.mjs';

/** Its getters answer by promise. */
export const isAsync = true;

const half = {
  contextKind: 'user',
  variations: [
    { variation: 0, weight: 50_000 },
    { variation: 1, weight: 50_000 },
  ],
};

function rule(id, [attribute, op, values], serve) {
  return { id, clauses: [{ contextKind: 'user', attribute, op, values, negate: false }], trackEvents: false, ...serve };
}

const three = [
  rule('country', ['country', 'in', rules.countries], { variation: 0 }),
  rule('newer', ['version', 'semVerGreaterThan', [rules.version]], { variation: 0 }),
  rule('plan', ['plan', 'in', rules.plans], { rollout: half }),
];

function flagOf(kind, key) {
  return {
    key,
    version: 1,
    on: true,
    salt: key,
    variations: [true, false],
    offVariation: 1,
    targets: [],
    contextTargets: [],
    prerequisites: [],
    rules: kind === 'split' ? [] : three,
    fallthrough: kind === 'split' ? { rollout: half } : { variation: 1 },
    trackEvents: false,
  };
}

export async function start(kind) {
  const data = new TestData();
  for (const key of flagKeys) await data.usePreconfiguredFlag(flagOf(kind, key));
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const client = init('sdk-key', { updateProcessor: data.getFactory(), sendEvents: false, diagnosticOptOut: true, logger: silent });
  await client.waitForInitialization({ timeout: 10 });
  return {
    contextOf: ({ id, ...attributes }) => ({ kind: 'user', key: id, ...attributes }),
    ask: (key, context) => client.boolVariation(key, context, false),
    stop: () => client.close(),
  };
}
