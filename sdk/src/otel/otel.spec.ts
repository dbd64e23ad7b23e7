import { context, TraceFlags, trace } from '@opentelemetry/api';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import * as incubating from '@opentelemetry/semantic-conventions/incubating';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aFlag, aSnapshot } from '../../test-support/a-server.js';
import { type Client, createClient, type Hook, inRequestScope } from '../node/index.js';
import { evaluationEvents, evaluationMetrics } from './index.js';

let client: Client;

const start = (...hooks: readonly Hook[]) => {
  const split = { by: 'targetingKey', hash: 'native', salt: 's', share: 100_000, weights: [['on', 1]], rest: null } as const;
  const flags = [
    aFlag('new-checkout', 'on', { version: 7, metadata: { owner: 'shop' } }),
    aFlag('split', 'off', { version: 3, default: { split } }),
    aFlag('code-default', 'on', { default: null }),
    aFlag('by-plan', 'off', {
      rules: [{ id: 'r', when: { attribute: 'plan', op: 'in', values: ['pro'] }, serve: { variant: 'on' } }],
    }),
  ];
  client = createClient({ url: '', key: '', bootstrap: aSnapshot(flags), cache: false, logger: null, hooks });
};

afterEach(() => client.close());

describe('given a hook that emits events', () => {
  const exporter = new InMemoryLogRecordExporter();
  const loggerProvider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
  const events = () => exporter.getFinishedLogRecords().map(({ attributes }) => attributes);

  beforeEach(() => exporter.reset());

  it('says what the conventions name, and nothing about whom it was for', () => {
    start(evaluationEvents({ loggerProvider }));
    client.value('split', false, { targetingKey: 'user-1', plan: 'pro' });
    const [record] = exporter.getFinishedLogRecords();
    expect(record).toMatchObject({ eventName: 'feature_flag.evaluation', severityNumber: 9, body: undefined });
    expect(record?.instrumentationScope.name).toBe('@ballast/sdk');
    expect(events()).toEqual([
      {
        'feature_flag.key': 'split',
        'feature_flag.provider.name': 'ballast',
        'feature_flag.result.variant': 'on',
        'feature_flag.result.reason': 'split',
        'feature_flag.set.id': 'default/test',
        'feature_flag.version': '3',
      },
    ]);
  });

  it('takes its names from the conventions', () => {
    start(evaluationEvents({ loggerProvider, targetingKey: true }));
    client.value('split', false, { targetingKey: 'user-1' });
    client.value('code-default', false);
    client.value('new-checkout', 'a text');
    const names = new Set(events().flatMap((attributes) => Object.keys(attributes)));
    expect([...names].sort()).toEqual(
      [
        'error.type',
        incubating.ATTR_FEATURE_FLAG_CONTEXT_ID,
        incubating.ATTR_FEATURE_FLAG_ERROR_MESSAGE,
        incubating.ATTR_FEATURE_FLAG_KEY,
        incubating.ATTR_FEATURE_FLAG_PROVIDER_NAME,
        incubating.ATTR_FEATURE_FLAG_RESULT_REASON,
        incubating.ATTR_FEATURE_FLAG_RESULT_VALUE,
        incubating.ATTR_FEATURE_FLAG_RESULT_VARIANT,
        incubating.ATTR_FEATURE_FLAG_SET_ID,
        incubating.ATTR_FEATURE_FLAG_VERSION,
      ].sort(),
    );
    expect(exporter.getFinishedLogRecords()[0]?.eventName).toBe(incubating.EVENT_FEATURE_FLAG_EVALUATION);
  });

  it('adds the targeting key only when asked to', () => {
    start(evaluationEvents({ loggerProvider, targetingKey: true }));
    client.value('new-checkout', false, { targetingKey: 'user-1' });
    client.value('new-checkout', false);
    expect(events().map((attributes) => attributes['feature_flag.context.id'])).toEqual(['user-1', undefined]);
  });

  it('says the value where there is no variant, and what went wrong', () => {
    start(evaluationEvents({ loggerProvider }));
    client.value('code-default', true);
    client.value('unknown', { max: 5 });
    client.value('new-checkout', 'a text');
    const common = { 'feature_flag.provider.name': 'ballast', 'feature_flag.set.id': 'default/test' };
    expect(events()).toEqual([
      {
        ...common,
        'feature_flag.key': 'code-default',
        'feature_flag.result.reason': 'default',
        'feature_flag.result.value': true,
        'feature_flag.version': '1',
      },
      {
        ...common,
        'feature_flag.key': 'unknown',
        'feature_flag.result.reason': 'error',
        'feature_flag.result.value': { max: 5 },
        'error.type': 'flag_not_found',
        'feature_flag.error.message': expect.any(String),
      },
      {
        ...common,
        'feature_flag.key': 'new-checkout',
        'feature_flag.result.reason': 'error',
        'feature_flag.result.value': 'a text',
        'feature_flag.version': '7',
        'error.type': 'type_mismatch',
        'feature_flag.error.message': expect.any(String),
      },
    ]);
  });

  it('tells each answer of a flag once for a request, and every evaluation outside of any', () => {
    start(evaluationEvents({ loggerProvider }));
    const twice = () => {
      for (const plan of ['free', 'pro', 'free', 'pro']) client.value('by-plan', false, { plan });
      client.run('new-checkout', {}, { on: () => 1, off: () => 2 });
      client.value('new-checkout', false);
    };
    const told = () => events().map((attributes) => `${attributes['feature_flag.key']} ${attributes['feature_flag.result.variant']}`);
    inRequestScope(twice);
    expect(told()).toEqual(['by-plan off', 'by-plan on', 'new-checkout on']);
    inRequestScope(twice);
    expect(told()).toHaveLength(6);
    twice();
    expect(told()).toHaveLength(12);
  });

  it('belongs to the trace that is active', () => {
    start(evaluationEvents({ loggerProvider }));
    const spanContext = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: TraceFlags.SAMPLED };
    const active = trace.setSpanContext(context.active(), spanContext);
    context.setGlobalContextManager({
      active: () => active,
      with: (_context, work, self, ...args) => work.call(self ?? work, ...args),
      bind: (_context, target) => target,
      enable() {
        return this;
      },
      disable() {
        return this;
      },
    });
    client.value('new-checkout', false);
    context.disable();
    expect(exporter.getFinishedLogRecords()[0]?.spanContext).toEqual(spanContext);
  });
});

describe('given a hook that counts', () => {
  let exporter: InMemoryMetricExporter;
  let reader: PeriodicExportingMetricReader;
  let meterProvider: MeterProvider;

  beforeEach(() => {
    exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    reader = new PeriodicExportingMetricReader({ exporter });
    meterProvider = new MeterProvider({ readers: [reader] });
    return async () => {
      await meterProvider.shutdown();
    };
  });

  const points = async () => {
    await reader.forceFlush();
    const metrics =
      exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    expect(metrics.map(({ descriptor }) => [descriptor.name, descriptor.unit])).toEqual([['feature_flag.evaluations', '{evaluation}']]);
    return metrics.flatMap(({ dataPoints }) => dataPoints.map(({ attributes, value }) => [attributes, value]));
  };

  it('counts evaluations by key, variant, reason and error', async () => {
    start(evaluationMetrics({ meterProvider }));
    for (let i = 0; i < 5; i++) client.value('split', false, { targetingKey: `user-${i}` });
    client.value('unknown', false);
    expect(await points()).toEqual([
      [
        {
          'feature_flag.key': 'split',
          'feature_flag.provider.name': 'ballast',
          'feature_flag.result.variant': 'on',
          'feature_flag.result.reason': 'split',
        },
        5,
      ],
      [
        {
          'feature_flag.key': 'unknown',
          'feature_flag.provider.name': 'ballast',
          'feature_flag.result.reason': 'error',
          'error.type': 'flag_not_found',
        },
        1,
      ],
    ]);
  });

  it('keeps the number of series bounded, and the sum exact', async () => {
    start(evaluationMetrics({ meterProvider, maxSeries: 10 }));
    for (let i = 0; i < 100; i++) client.value(`unknown-${i % 50}`, false);
    const all = await points();
    expect(all).toHaveLength(11);
    expect(all.at(-1)).toEqual([{ 'otel.metric.overflow': true }, 80]);
  });
});

it('does nothing harmful where no OpenTelemetry SDK is set up', () => {
  start(evaluationEvents(), evaluationMetrics());
  expect(client.value('new-checkout', false)).toBe(true);
});
