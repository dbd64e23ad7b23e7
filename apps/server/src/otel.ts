// Loaded before everything else (`node --import`), so that HTTP is instrumented by the time Fastify asks for it.
import type { NodeSDK } from '@opentelemetry/sdk-node';

let sdk: NodeSDK | null = null;

if ((process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? '') !== '') {
  const [{ NodeSDK: Sdk }, { HttpInstrumentation }, { PrismaInstrumentation }] = await Promise.all([
    import('@opentelemetry/sdk-node'),
    import('@opentelemetry/instrumentation-http'),
    import('@prisma/instrumentation'),
  ]);
  sdk = new Sdk({
    serviceName: process.env.OTEL_SERVICE_NAME ?? 'ballast-server',
    instrumentations: [
      new HttpInstrumentation({
        ignoreIncomingRequestHook: ({ url = '' }) => /^\/(health|metrics)/.test(url),
        // What opens an event stream stands in its URL.
        redactedQueryParamsServer: ['token'],
      }),
      new PrismaInstrumentation(),
    ],
  });
  sdk.start();
}

/** Sends what has been recorded and stops recording; settles even if nobody takes it. */
export async function stopTracing(): Promise<void> {
  await sdk?.shutdown().catch(() => undefined);
}
