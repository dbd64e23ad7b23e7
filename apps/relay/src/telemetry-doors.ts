import { parseTelemetry } from '@ballast/protocol';
import { type KeyEntry, MAX_FORWARDED_BATCHES, receiptOf, type Verdict, viewOf } from '@ballast/streaming';
import { type Answer, type Call, jsonAnswer, refuse } from './answer.js';
import { readBody } from './body.js';
import type { Batch, CounterForwarder } from './counter-forwarder.js';

/** Bytes of one batch at most, before and after it is inflated. */
const MAX_BATCH_BYTES = 65_536;

/** Takes counters in and answers with what upstream said of them. */
export class TelemetryDoors {
  readonly #forwarder: CounterForwarder;

  constructor(forwarder: CounterForwarder) {
    this.#forwarder = forwarder;
  }

  /** One batch of a client. */
  async receive({ request }: Call, key: KeyEntry): Promise<Answer> {
    const { text, value } = await readBody(request, MAX_BATCH_BYTES);
    const parsed = parseTelemetry(value);
    if (typeof parsed === 'string') return refuse('request.invalid', { problems: [{ path: '', message: parsed }] });
    const verdict = await this.#forward({ view: viewOf(key), text });
    if (verdict.outcome === 'expired') return refuse('telemetry.expired');
    if (verdict.outcome === 'invalid') return refuse('request.invalid', { problems: verdict.problems });
    return jsonAnswer(receiptOf(verdict));
  }

  /** Several batches of a relay further down. */
  async receiveSeveral({ request }: Call): Promise<Answer> {
    const { value } = await readBody(request);
    const batches = readForwarded(value);
    const verdicts = await Promise.all(batches.map((batch) => this.#forward(batch)));
    return jsonAnswer({ verdicts });
  }

  async #forward(batch: Batch): Promise<Verdict> {
    const verdict = await this.#forwarder.forward(batch);
    return verdict.outcome === 'not-now' ? refuse(verdict.code, { retryAfter: verdict.retryAfter }) : verdict;
  }
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null;
}

function readForwarded(value: unknown): readonly Batch[] {
  const list = isRecord(value) ? value.batches : undefined;
  if (!Array.isArray(list) || list.length > MAX_FORWARDED_BATCHES) return refuse('request.invalid', { problems: [notBatches('/batches')] });
  return list.map((item: unknown, index) => {
    const { view, batch }: { readonly [key: string]: unknown } = isRecord(item) ? item : {};
    if (view !== 'server' && view !== 'client') return refuse('request.invalid', { problems: [notBatches(`/batches/${index}`)] });
    return { view, text: JSON.stringify(batch ?? null) };
  });
}

function notBatches(path: string): { readonly path: string; readonly message: string } {
  return { path, message: 'must be batches with their view' };
}
