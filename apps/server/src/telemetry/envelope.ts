import { isStorable } from '@ballast/api';
import { parseTelemetry, type TelemetryEnvelope } from '@ballast/protocol';

/** Why something is no batch of counters. */
export interface Unreadable {
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/** Reads a batch as a client sent it. */
export function readEnvelope(batch: unknown): TelemetryEnvelope | Unreadable {
  const parsed = parseTelemetry(batch);
  if (typeof parsed === 'string') return { problems: [{ path: '', message: parsed }] };
  if (isStorable(parsed.instance)) return parsed;
  return { problems: [{ path: '/instance', message: 'must not contain NUL or lone surrogates' }] };
}
