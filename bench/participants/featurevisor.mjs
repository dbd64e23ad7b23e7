import { createInstance } from '@featurevisor/sdk';
import { flagKeys, rules } from '../jobs.mjs';

const segments = {
  near: { conditions: [{ attribute: 'country', operator: 'in', value: rules.countries }] },
  newer: { conditions: [{ attribute: 'version', operator: 'semverGreaterThanOrEquals', value: rules.version }] },
  paying: { conditions: [{ attribute: 'plan', operator: 'in', value: rules.plans }] },
};

function trafficOf(kind) {
  if (kind === 'split') return [{ key: 'all', segments: '*', percentage: 50_000 }];
  return [
    { key: 'near', segments: 'near', percentage: 100_000 },
    { key: 'newer', segments: 'newer', percentage: 100_000 },
    { key: 'paying', segments: 'paying', percentage: 50_000 },
    { key: 'others', segments: '*', percentage: 0 },
  ];
}

export async function start(kind) {
  const features = Object.fromEntries(flagKeys.map((key) => [key, { key, bucketBy: 'id', traffic: trafficOf(kind) }]));
  const instance = createInstance({ logLevel: 'fatal', datafile: { schemaVersion: '2', revision: '1', segments, features } });
  return {
    contextOf: (attributes) => attributes,
    ask: (key, context) => instance.isEnabled(key, context),
    stop: () => instance.close(),
  };
}
