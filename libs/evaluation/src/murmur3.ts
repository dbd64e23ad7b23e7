/** The state of murmur3 after some text, from which more text can be hashed. */
export interface HashPrefix {
  readonly hash: number;
  /** Bytes that do not fill a block of four yet, lowest first. */
  readonly pending: number;
  /** How many bits of `pending` are taken. */
  readonly shift: number;
  /** Bytes taken in so far. */
  readonly length: number;
}

const TWO_32 = 4294967296;

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function mix(hash: number, block: number): number {
  const h = hash ^ scramble(block);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** The UTF-8 bytes of one code point as a number, first byte lowest. */
function utf8(code: number): number {
  if (code < 0x80) return code;
  if (code < 0x800) return 0x80c0 | (code >> 6) | ((code & 63) << 8);
  if (code < 0x10000) return 0x8080e0 | (code >> 12) | (((code >> 6) & 63) << 8) | ((code & 63) << 16);
  return 0x808080f0 | (code >> 18) | (((code >> 12) & 63) << 8) | (((code >> 6) & 63) << 16) | ((code & 63) << 24);
}

function utf8Bits(code: number): number {
  if (code < 0x80) return 8;
  if (code < 0x800) return 16;
  return code < 0x10000 ? 24 : 32;
}

/** Takes in `text` from index `from` on, one code point at a time: any text, at any alignment. */
function absorb(state: HashPrefix, text: string, from: number): HashPrefix {
  let { hash, pending, shift, length } = state;
  for (let i = from; i < text.length; i++) {
    let code = text.codePointAt(i) ?? 0;
    if (code > 0xffff) i++;
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
    const bytes = utf8(code);
    const bits = utf8Bits(code);
    pending |= bytes << shift;
    shift += bits;
    length += bits >> 3;
    if (shift < 32) continue;
    hash = mix(hash, pending);
    shift -= 32;
    pending = shift === 0 ? 0 : bytes >>> (bits - shift);
  }
  return { hash, pending, shift, length };
}

function finish(hash: number, pending: number, length: number): number {
  let h = hash ^ scramble(pending) ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** What is left to hash after `prefix`, when many texts start alike. */
export function hashPrefix(prefix: string, seed = 0): HashPrefix {
  return absorb({ hash: seed | 0, pending: 0, shift: 0, length: 0 }, prefix, 0);
}

/** The hash of the prefix followed by `text`, without joining the two; the prefix must not end in half a surrogate pair. */
export function hashAfter(prefix: HashPrefix, text: string): number {
  let { hash, pending, shift } = prefix;
  let i = 0;
  for (; i + 4 <= text.length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    if ((a | b | c | d) > 127) break;
    const block = a | (b << 8) | (c << 16) | (d << 24);
    hash = mix(hash, pending | (block << shift));
    pending = shift === 0 ? 0 : block >>> (32 - shift);
  }
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return absorbLast({ hash, pending, shift, length: prefix.length + i }, text, i);
    pending |= code << shift;
    shift += 8;
    if (shift < 32) continue;
    hash = mix(hash, pending);
    pending = 0;
    shift = 0;
  }
  return finish(hash, pending, prefix.length + i);
}

function absorbLast(state: HashPrefix, text: string, from: number): number {
  const { hash, pending, length } = absorb(state, text, from);
  return finish(hash, pending, length);
}

const empty = hashPrefix('');

/** MurmurHash3 x86 32-bit (Austin Appleby, public domain) of the UTF-8 bytes of a text; lone surrogates count as U+FFFD. */
export function murmur3(text: string, seed = 0): number {
  return hashAfter(seed === 0 ? empty : hashPrefix('', seed), text);
}

/** Where a hash falls among `total` positions; exact for totals up to 2^21. */
export function scale(hash: number, total: number): number {
  return Math.floor((hash * total) / TWO_32);
}

/** Where a text falls among `total` positions, 0 ≤ position < total. */
export function position(text: string, total: number): number {
  return scale(murmur3(text), total);
}
