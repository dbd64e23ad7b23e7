/** The state of murmur3 after some text, from which more text can be hashed. */
export interface HashState {
  readonly hash: number;
  /** Bytes that do not fill a block of four yet, lowest first. */
  readonly pending: number;
  /** How many bits of `pending` are taken. */
  readonly shift: number;
  /** Bytes taken in so far. */
  readonly length: number;
}

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

/** The UTF-8 bytes of one code point as a number, first byte lowest; half a surrogate pair counts as U+FFFD. */
function utf8(code: number): number {
  if (code < 0x80) return code;
  if (code >> 11 === 27) return 0xbdbfef;
  // The first byte says with its highest bits how many more there are; each of those holds six bits of the code point.
  const more = code < 0x800 ? 1 : code > 0xffff ? 3 : 2;
  let bytes = ((-128 >> more) & 255) | (code >> (6 * more));
  for (let i = 1; i <= more; i++) bytes |= (128 | ((code >> (6 * (more - i))) & 63)) << (8 * i);
  return bytes;
}

/** The hash after one more block of four bytes. */
export function mix(hash: number, block: number): number {
  const h = hash ^ scramble(block);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** The state after more text: four ASCII characters at a time as far as they go, then one code point at a time. */
export function absorb(state: HashState, text: string): HashState {
  let { hash, pending, shift, length } = state;
  let i = 0;
  for (; i + 4 <= text.length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    if ((a | b | c | d) > 127) break;
    const block = a | (b << 8) | (c << 16) | (d << 24);
    hash = mix(hash, pending | (block << shift));
    pending = shift && block >>> (32 - shift);
  }
  length += i;
  for (; i < text.length; i++) {
    const code = text.codePointAt(i) ?? 0;
    i += Number(code > 0xffff);
    let bytes = utf8(code);
    do {
      pending |= (bytes & 255) << shift;
      bytes >>>= 8;
      length++;
      shift = (shift + 8) & 31;
      if (shift > 0) continue;
      hash = mix(hash, pending);
      pending = 0;
    } while (bytes > 0);
  }
  return { hash, pending, shift, length };
}

/** The hash of all text absorbed. */
export function finish({ hash, pending, length }: HashState): number {
  let h = hash ^ scramble(pending) ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The state before any text. */
export function seeded(seed: number): HashState {
  return { hash: seed, pending: 0, shift: 0, length: 0 };
}

/** MurmurHash3 x86 32-bit (Austin Appleby, public domain) of the UTF-8 bytes of a text; lone surrogates count as U+FFFD. */
export function murmur3(text: string, seed = 0): number {
  return finish(absorb(seeded(seed), text));
}

/** Where a hash falls among `total` positions; exact for totals up to 2^21. */
export function scale(hash: number, total: number): number {
  return Math.floor((hash * total) / 4294967296);
}

/** Where a text falls among `total` positions, 0 ≤ position < total. */
export function position(text: string, total: number): number {
  return scale(murmur3(text), total);
}
