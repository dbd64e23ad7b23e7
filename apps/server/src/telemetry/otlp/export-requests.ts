import { z } from 'zod';

const list = <Item extends z.ZodType>(item: Item) => z.array(item).nullish();
const int64 = z.union([z.string().regex(/^-?\d{1,20}$/), z.int()]);
const nanos = z.union([z.string().regex(/^\d{1,20}$/), z.int().min(0)]).nullish();
const id = z
  .string()
  .regex(/^[0-9a-fA-F]*$/)
  .nullish();

const attribute = z.object({
  key: z.string().nullish(),
  value: z
    .object({
      stringValue: z.string().nullish(),
      boolValue: z.boolean().nullish(),
      intValue: int64.nullish(),
      doubleValue: z.union([z.number(), z.string()]).nullish(),
    })
    .nullish(),
});

const spanEvent = z.object({ timeUnixNano: nanos, name: z.string().nullish(), attributes: list(attribute) });

const span = z.object({
  traceId: id,
  spanId: id,
  parentSpanId: id,
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes: list(attribute),
  events: list(spanEvent),
  status: z.object({ code: z.union([z.int(), z.string()]).nullish() }).nullish(),
});

const logRecord = z.object({
  traceId: id,
  spanId: id,
  timeUnixNano: nanos,
  observedTimeUnixNano: nanos,
  eventName: z.string().nullish(),
  attributes: list(attribute),
});

/** Attributes as they come. */
export type Attributes = z.infer<typeof spanEvent>['attributes'];
/** A span, as far as evaluations and outcomes need it. */
export type Span = z.infer<typeof span>;
/** A log record, as far as evaluations need it. */
export type LogRecord = z.infer<typeof logRecord>;

/** `ExportTraceServiceRequest`. */
export const tracesRequest = z.object({
  resourceSpans: list(z.object({ scopeSpans: list(z.object({ spans: list(span) })) })),
});

/** `ExportLogsServiceRequest`. */
export const logsRequest = z.object({
  resourceLogs: list(z.object({ scopeLogs: list(z.object({ logRecords: list(logRecord) })) })),
});
