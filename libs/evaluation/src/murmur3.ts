/** The state of murmur3 after some text, from which more text can be hashed. */
export interface HashState {
  readonly hash: number;
  /** Bytes that do not fill a block of four yet, lowest first. */
  readonly pending: number;
  /** Bytes taken in so far. */
  readonly length: number;
}

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

/** The hash after one more block of four bytes. */
export function mix(hash: number, block: number): number {
  const h = hash ^ scramble(block);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** The UTF-8 bytes of a text as characters; lone surrogates count as U+FFFD. */
function utf8(text: string): string {
  return unescape(encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd')));
}

/** The hash of all text, from the hash of its blocks, the bytes after them, and the number of all bytes; signed, as such numbers need no memory. */
export function finish(hash: number, pending: number, length: number): number {
  let h = hash ^ scramble(pending) ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The state before any text. */
export const START: HashState = { hash: 0, pending: 0, length: 0 };

/** The state after more text. */
export function extend(state: HashState, text: string): HashState {
  let { hash, pending, length } = state;
  for (const byte of utf8(text)) {
    pending |= byte.charCodeAt(0) << (length * 8);
    length++;
    if (length & 3) continue;
    hash = mix(hash, pending);
    pending = 0;
  }
  return { hash, pending, length };
}

/**
 * The hash of the text that led to a state, and of more. Four characters are taken at once, over the edges of the blocks. Only ASCII is hashed
 * as it is read; a text that turns out to hold more is hashed again as its UTF-8 bytes.
 */
export function digest(state: HashState, text: string, max = 127): number {
  let { hash, pending, length } = state;
  const shift = (length & 3) * 8;
  let seen = 0;
  let i = 0;
  for (; i < text.length - 3; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    const block = a | (b << 8) | (c << 16) | (d << 24);
    seen |= a | b | c | d;
    hash = mix(hash, pending | (block << shift));
    pending = (block >>> 1) >>> (31 - shift);
  }
  for (length += i; i < text.length; i++) {
    const code = text.charCodeAt(i);
    seen |= code;
    pending |= code << (length * 8);
    length++;
    if (length & 3) continue;
    hash = mix(hash, pending);
    pending = 0;
  }
  return seen > max ? digest(state, utf8(text), 255) : finish(hash, pending, length);
}

/** MurmurHash3 x86 32-bit (Austin Appleby, public domain) of the UTF-8 bytes of a text; lone surrogates count as U+FFFD. */
export function murmur3(text: string, seed = 0): number {
  return digest({ hash: seed, pending: 0, length: 0 }, text) >>> 0;
}

/** Where a hash falls among `total` positions, not rounded down; exact for totals up to 2^21. */
export function scale(hash: number, total: number): number {
  return ((hash >>> 0) * total) / 4294967296;
}

/** Where a text falls among `total` positions, 0 ≤ position < total. */
export function position(text: string, total: number): number {
  return Math.floor(scale(murmur3(text), total));
}
