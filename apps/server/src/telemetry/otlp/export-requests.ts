import { z } from 'zod';
import { MAX_ATTRIBUTES, MAX_EVENTS } from './messages.js';

/** A list of which only the first elements are looked at. */
const first = <Item extends z.ZodType>(item: Item, most: number) =>
  z.preprocess((value) => (Array.isArray(value) ? value.slice(0, most) : value), z.array(item).nullish());
// The JSON form of protobuf writes 64-bit integers as text; a reader takes numbers too, which have lost their last digits.
const int64 = z.union([z.string().regex(/^-?\d{1,20}$/), z.number()]);
const nanos = z.union([z.string().regex(/^\d{1,20}$/), z.number().min(0).transform(Math.trunc)]).nullish();
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

const spanEvent = z.object({ timeUnixNano: nanos, name: z.string().nullish(), attributes: first(attribute, MAX_ATTRIBUTES) });

/** `Span`. */
export const span = z.object({
  traceId: id,
  spanId: id,
  parentSpanId: id,
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  attributes: first(attribute, MAX_ATTRIBUTES),
  events: first(spanEvent, MAX_EVENTS),
  status: z.object({ code: z.union([z.int(), z.string()]).nullish() }).nullish(),
});

/** `LogRecord`. */
export const logRecord = z.object({
  traceId: id,
  spanId: id,
  timeUnixNano: nanos,
  observedTimeUnixNano: nanos,
  eventName: z.string().nullish(),
  attributes: first(attribute, MAX_ATTRIBUTES),
});

/** Attributes as they come. */
export type Attributes = z.infer<typeof spanEvent>['attributes'];
/** A span, as far as evaluations and outcomes need it. */
export type Span = z.infer<typeof span>;
/** A log record, as far as evaluations need it. */
export type LogRecord = z.infer<typeof logRecord>;
