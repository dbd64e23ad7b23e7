import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { api, aServer, type TestServer } from '../harness/index.js';
import { aConsumer, type Consumer } from './a-consumer.js';

const MANY = 450;

let consumer: Consumer;
let server: TestServer;

beforeAll(async () => {
  const types = ['@types/node', 'undici-types', '@types/react', 'csstype', '@types/express', '@types/express-serve-static-core'];
  const packages = ['react', '@opentelemetry/api', '@opentelemetry/api-logs', 'fastify', '@nestjs/common', 'rxjs', 'reflect-metadata'];
  consumer = aConsumer(
    ...types,
    ...packages,
    '@types/body-parser',
    '@types/connect',
    '@types/serve-static',
    '@types/http-errors',
    '@types/qs',
  );
  server = await aServer();
  const boolean = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'on' };
  const flags = {
    ...Object.fromEntries(Array.from({ length: MANY }, (_, i) => [`flag-${i}`, boolean])),
    banner: { state: 'ENABLED', variants: { short: 'Hi', long: 'Welcome' }, defaultVariant: 'short' },
    'page-size': { state: 'ENABLED', variants: { small: 10, large: 50 }, defaultVariant: 'small' },
    limits: { state: 'ENABLED', variants: { one: { max: 1 } }, defaultVariant: 'one' },
  };
  const imported = await api(server).post('/api/v1/projects/default/environments/development/import?format=flagd&owner=shop&ttlDays=30', {
    flags,
  });
  expect(imported.status).toBe(200);
}, 120_000);

afterAll(async () => {
  await server.stop();
  consumer.remove();
});

const generate = (...args: string[]) =>
  consumer.ballastSdk('generate', '--url', server.url, '--token', server.adminToken, '--project', 'default', ...args);

describe('given flags that were generated from the project', () => {
  beforeAll(async () => {
    expect(await generate('--out', 'flags.ts')).toEqual({ code: 0, printed: `flags.ts is written: ${MANY + 3} flags\n` });
  });

  it('says whether the file is up to date', async () => {
    expect((await generate('--check')).code).toBe(0);
    const created = { key: 'brand-new', kind: 'release', type: 'boolean', variants: { on: true, off: false }, owner: 'shop', ttlDays: 30 };
    expect((await api(server).post('/api/v1/projects/default/flags', created)).status).toBe(201);
    expect((await generate('--check')).code).toBe(1);
    expect((await generate()).code).toBe(0);
    expect(consumer.read('flags.ts')).toContain("readonly 'brand-new': boolean;");
  });

  it('says why the server did not answer', async () => {
    expect(await generate('--token', 'wrong')).toEqual({ code: 3, printed: `${server.url} does not know the token\n` });
    expect(await generate('--project', 'nowhere')).toEqual({ code: 3, printed: `${server.url} has no project nowhere\n` });
    expect((await consumer.ballastSdk('generate', '--nonsense')).code).toBe(2);
  });

  it('compiles with right keys and types', async () => {
    consumer.write(
      'good.ts',
      `import { createClient } from '@ballast/sdk';
       import { createTestClient } from '@ballast/sdk/testing';
       import { type Flags, typed } from './flags.js';
       const flags = typed(createClient({ url: '', key: '', logger: null }));
       const a: boolean = flags.value('flag-1', false);
       const b: string = flags.details('banner', 'none').value;
       const c: number = flags.value('page-size', 10, { targetingKey: 'u' });
       const d: { max: number } = flags.value('limits', { max: 5 });
       const e: number | string = flags.run('flag-2', {}, { on: () => 1, off: () => 'off' });
       const double = createTestClient<Flags>({ flags: { 'page-size': 20, banner: ({ plan }) => String(plan) } });
       double.set('flag-1', true);
       typed(double).setContext({ plan: 'pro' });
       await flags.close();
       export const answers = [a, b, c, d, e, typed(double).value('flag-1', false), typed(double).value('banner', '')];`,
    );
    expect(await consumer.tsc('good.ts')).toEqual({ code: 0, printed: '' });
    const { answers } = await import(join(consumer.folder, 'good.js'));
    expect(answers).toEqual([false, 'none', 10, { max: 5 }, 'off', true, 'pro']);
  });

  it.each([
    ["flags.value('flag-x', false)", 'a key that does not exist'],
    ["flags.value('banner', false)", 'a default of another type'],
    ["flags.details('page-size', '10')", 'a default of another type, in details'],
    ["flags.run('banner', {}, { on: () => 1, off: () => 2 })", 'a branch under a text'],
    ["const size: string = flags.value('page-size', 10)", 'a value taken for another type'],
  ])('does not compile %s: %s', async (line) => {
    consumer.write(
      'bad.ts',
      `import { createClient } from '@ballast/sdk';\nimport { typed } from './flags.js';\nconst flags = typed(createClient({ url: '', key: '' }));\n${line};\n`,
    );
    const { code, printed } = await consumer.tsc('--noEmit', 'bad.ts');
    expect(code).not.toBe(0);
    expect(printed).toMatch(/^bad\.ts\(4,\d+\): error TS/);
  });
});

it('fits the frameworks it is for', async () => {
  consumer.write(
    'frameworks.ts',
    `import { createClient, fastifyRequestScope, inRequestScope, requestScope } from '@ballast/sdk';
     import { createClient as createPage } from '@ballast/sdk/browser/insights';
     import { evaluationEvents, evaluationMetrics } from '@ballast/sdk/otel';
     import { BallastProvider, typedHooks, useBallast, useFlag } from '@ballast/sdk/react';
     import { createTestClient } from '@ballast/sdk/testing';
     import type { INestApplication, MiddlewareConsumer } from '@nestjs/common';
     import { type Express } from 'express';
     import Fastify from 'fastify';
     import { createElement } from 'react';
     export async function install(app: Express, nest: INestApplication, consumer: MiddlewareConsumer) {
       app.use(requestScope());
       nest.use(requestScope());
       consumer.apply(requestScope()).forRoutes('*');
       await Fastify().register(fastifyRequestScope);
       return inRequestScope(async () => 1);
     }
     const client = createClient({ url: '', key: '', hooks: [evaluationEvents({ targetingKey: true }), evaluationMetrics({ maxSeries: 10 })] });
     const page = createPage({ url: '', key: '', tracking: true, slowMs: [100], context: { targetingKey: 'u' } });
     page.track('order', {}, { value: 1 });
     page.setContext({});
     const { useFlag: useTyped } = typedHooks<{ readonly 'new-checkout': boolean }>();
     export const Uses = () => [useFlag('a', false), useTyped('new-checkout', false), useBallast().status].join();
     export const pages = [client, page, createTestClient()].map((each) => createElement(BallastProvider, { client: each }, createElement(Uses)));`,
  );
  const flags = ['--skipLibCheck', '--esModuleInterop', '--experimentalDecorators', '--types', 'node', '--noEmit'];
  expect(await consumer.tsc(...flags, 'frameworks.ts')).toEqual({ code: 0, printed: '' });
});

it.each([
  ["export * from '@ballast/sdk/testing'", ['testing.js'], []],
  ["export * from '@ballast/sdk/browser/insights'", ['browser-insights.js'], []],
  ["export * from '@ballast/sdk/react'", ['browser.js', 'react.js'], ['react']],
  ["export * from '@ballast/sdk/otel'", ['otel.js'], ['@opentelemetry/api', '@opentelemetry/api-logs']],
])('bundles for browsers with nothing else: %s', async (contents, own, peers) => {
  const { metafile } = await build({
    stdin: { contents, resolveDir: consumer.folder },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    external: peers,
    write: false,
    metafile: true,
    target: 'es2022',
    absWorkingDir: consumer.folder,
  });
  const bundled = Object.keys(metafile.inputs).filter((name) => name !== '<stdin>');
  expect(bundled.sort()).toEqual(own.map((name) => `node_modules/@ballast/sdk/dist/${name}`));
});
