import { once } from 'node:events';
import { InMemStorageProvider, Unleash } from 'unleash-client';
import { flagKeys, rules } from '../jobs.mjs';

const half = (groupId) => ({ name: 'flexibleRollout', parameters: { rollout: '50', stickiness: 'userId', groupId } });
const all = { name: 'flexibleRollout', parameters: { rollout: '100', stickiness: 'userId', groupId: 'all' } };

function constraint(contextName, operator, parts) {
  return { contextName, operator, inverted: false, values: [], ...parts };
}

function strategiesOf(kind, key) {
  if (kind === 'split') return [{ ...half(key), constraints: [] }];
  return [
    { ...all, constraints: [constraint('country', 'IN', { values: rules.countries })] },
    { ...all, constraints: [constraint('version', 'SEMVER_GTE', { value: rules.version })] },
    { ...half(key), constraints: [constraint('plan', 'IN', { values: rules.plans })] },
  ];
}

export async function start(kind) {
  const data = flagKeys.map((name) => ({ name, type: 'release', enabled: true, strategies: strategiesOf(kind, name), variants: [] }));
  const client = new Unleash({
    appName: 'bench',
    url: 'http://127.0.0.1:9/api/',
    refreshInterval: 0,
    disableMetrics: true,
    disableAutoStart: true,
    skipInstanceCountWarning: true,
    storageProvider: new InMemStorageProvider(),
    bootstrap: { data },
  });
  client.on('error', () => {});
  client.on('warn', () => {});
  const ready = once(client, 'ready');
  await Promise.all([client.start(), ready]);
  return {
    contextOf: ({ id, ...properties }) => ({ userId: id, properties }),
    ask: (key, context) => client.isEnabled(key, context, false),
    stop: () => client.destroy(),
  };
}
