import { GrowthBookClient } from '@growthbook/growthbook';
import { flagKeys, rules } from '../jobs.mjs';

const half = (seed) => ({ force: true, coverage: 0.5, hashAttribute: 'id', hashVersion: 2, seed });

function featureOf(kind, key) {
  if (kind === 'split') return { defaultValue: false, rules: [half(key)] };
  return {
    defaultValue: false,
    rules: [
      { condition: { country: { $in: rules.countries } }, force: true },
      { condition: { version: { $vgte: rules.version } }, force: true },
      { condition: { plan: { $in: rules.plans } }, ...half(key) },
    ],
  };
}

export async function start(kind) {
  const features = Object.fromEntries(flagKeys.map((key) => [key, featureOf(kind, key)]));
  const client = new GrowthBookClient().initSync({ payload: { features } });
  return {
    contextOf: (attributes) => ({ attributes }),
    ask: (key, context) => client.isOn(key, context),
    stop: () => client.destroy(),
  };
}
