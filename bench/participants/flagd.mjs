import { FlagdCore } from '@openfeature/flagd-core';
import { flagKeys, rules } from '../jobs.mjs';

const half = {
  fractional: [
    ['on', 50],
    ['off', 50],
  ],
};
const three = {
  if: [
    { in: [{ var: 'country' }, rules.countries] },
    'on',
    { sem_ver: [{ var: 'version' }, '>=', rules.version] },
    'on',
    { in: [{ var: 'plan' }, rules.plans] },
    half,
    'off',
  ],
};

export async function start(kind) {
  const flag = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off', targeting: kind === 'split' ? half : three };
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const core = new FlagdCore(undefined, silent);
  core.setConfigurations(JSON.stringify({ flags: Object.fromEntries(flagKeys.map((key) => [key, flag])) }));
  return {
    contextOf: ({ id, ...attributes }) => ({ targetingKey: id, ...attributes }),
    ask: (key, context) => core.resolveBooleanEvaluation(key, false, context, silent).value,
    stop: () => {},
  };
}
