import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

const root = join(import.meta.dirname, '../..');

/** A file of the checkout as text. */
export const textOf = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

const secretRef = z.strictObject({ secretKeyRef: z.strictObject({ name: z.string(), key: z.string() }) });
const variable = z.union([
  z.strictObject({ name: z.string(), value: z.string() }),
  z.strictObject({ name: z.string(), valueFrom: secretRef }),
]);
const probe = z.looseObject({ httpGet: z.strictObject({ path: z.string(), port: z.string() }) });

/** A container of Kubernetes, as far as a process depends on it. */
const container = z.looseObject({
  image: z.string(),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.number() })).default([]),
  env: z.array(variable),
  volumeMounts: z.array(z.looseObject({ name: z.string(), mountPath: z.string() })),
  startupProbe: probe.optional(),
  readinessProbe: probe.optional(),
  livenessProbe: probe.optional(),
});

const manifest = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ name: z.string() }) });

/** All manifests of a file, in order. */
export async function manifestsOf(path: string): Promise<readonly z.infer<typeof manifest>[]> {
  return parseAllDocuments(await textOf(path)).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors.join()}`);
    return manifest.parse(document.toJS());
  });
}

const workload = z.looseObject({
  spec: z.looseObject({
    replicas: z.number(),
    selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({ containers: z.tuple([container]), volumes: z.array(z.looseObject({ name: z.string() })).default([]) }),
    }),
    volumeClaimTemplates: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })).default([]),
  }),
});

/** Deployment or StatefulSet of a file, with its one container. */
export async function workloadOf(path: string) {
  const found = (await manifestsOf(path)).find(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet');
  const { spec } = workload.parse(found);
  return { spec, pod: spec.template, container: spec.template.spec.containers[0] };
}

/** The environment that a container of Kubernetes gets; secrets by `name/key`. */
export function environmentOf(env: z.infer<typeof container>['env'], secrets: Readonly<Record<string, string>>): Record<string, string> {
  const value = (given: z.infer<typeof variable>) => {
    if ('value' in given) return given.value;
    const { name, key } = given.valueFrom.secretKeyRef;
    const secret = secrets[`${name}/${key}`];
    if (secret === undefined) throw new Error(`nobody makes the secret ${name}/${key}`);
    return secret;
  };
  return Object.fromEntries(env.map((given) => [given.name, value(given)]));
}

const service = z.looseObject({
  environment: z.record(z.string(), z.string()).default({}),
  deploy: z.looseObject({ replicas: z.number().int() }).default({ replicas: 1 }),
});

/** The services of a compose file. */
export async function composedBy(path: string): Promise<Record<string, z.infer<typeof service>>> {
  return z.looseObject({ services: z.record(z.string(), service) }).parse(parse(await textOf(path))).services;
}

/** What compose makes of `${NAME:-default}` and `${NAME:?message}` with these variables set. */
export function filledIn(
  environment: Readonly<Record<string, string>>,
  given: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const fill = (text: string) =>
    text.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
      const value = given[name] || (kind === '-' ? rest : undefined);
      if (value === undefined) throw new Error(`${name}: ${rest}`);
      return value;
    });
  return Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, fill(text)]));
}

/** What a systemd unit runs, and with which environment. */
export async function unitOf(path: string): Promise<{ readonly environment: Record<string, string>; readonly command: readonly string[] }> {
  const lines = (await textOf(path)).split('\n');
  const all = (name: string) => lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
  const pairs = all('Environment').map((pair): [string, string] => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]);
  return { environment: Object.fromEntries(pairs), command: (all('ExecStart')[0] ?? '').split(' ') };
}

/** `ENV` and `EXPOSE` of an image. */
export async function imageOf(path: string): Promise<{ readonly env: Record<string, string>; readonly port: number }> {
  const text = await textOf(path);
  const last = text.slice(text.lastIndexOf('\nFROM '));
  const env = /^ENV (.+)$/m
    .exec(last)?.[1]
    ?.split(' ')
    .map((pair): [string, string] => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? '']);
  return { env: Object.fromEntries(env ?? []), port: Number(/^EXPOSE (\d+)$/m.exec(last)?.[1]) };
}
