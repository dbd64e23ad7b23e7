import type { Applied, Handshake, Resync } from './messages.js';
import { count, optional, type Parse, parser, shape, text } from './shape.js';

/** Parses what a client says of itself when it connects. */
export const parseHandshake: Parse<Handshake> = parser(
  'handshake',
  shape({ key: text(255), instance: text(64), sdk: text(64), since: optional(count), checksum: optional(count) }),
);

/** Parses a client's wish to be led on from where it is. */
export const parseResync: Parse<Resync> = parser('resync', shape({ since: optional(count), checksum: optional(count) }));

/** Parses a propagation receipt. */
export const parseApplied: Parse<Applied> = parser('applied', shape({ revision: count, at: count, checksum: optional(count) }));
