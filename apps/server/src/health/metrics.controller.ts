import { Controller, Get, Headers, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Metric, type OpenMetricsContentType, Registry } from 'prom-client';
import { metrics } from '../events.js';

/** What Prometheus collects: the process and the events of the product. */
@Controller('metrics')
export class MetricsController {
  @Get()
  async metrics(@Headers('accept') accept: string | undefined, @Res() reply: FastifyReply): Promise<void> {
    const registry = accept?.includes('application/openmetrics-text') === true ? asOpenMetrics() : metrics;
    await reply.header('content-type', registry.contentType).send(await registry.metrics());
  }
}

/** The same metrics in the other format, which a registry has for itself. */
function asOpenMetrics(): Registry<OpenMetricsContentType> {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  for (const { name } of metrics.getMetricsAsArray()) {
    const metric = metrics.getSingleMetric(name);
    if (metric !== undefined) registry.registerMetric(underNameOfItsOwn(metric, name));
  }
  return registry;
}

/** This format names counters without `_total`, and the registry renames what it is given: it must not be what others show. */
function underNameOfItsOwn(metric: Metric, name: string): Metric {
  const same: Metric = Object.create(metric);
  return Object.assign(same, { name });
}
