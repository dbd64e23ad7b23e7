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

/** The hash after one more block of four bytes. */
export function mix(hash: number, block: number): number {
  const h = hash ^ scramble(block);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

/** The UTF-8 bytes of a text as characters; lone surrogates count as U+FFFD. */
function utf8(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd').replace(/[^\0-\x7f]+/g, (run) => unescape(encodeURIComponent(run)));
}

/** The state after more text. Only ASCII is hashed as it is read; a text that turns out to hold more is hashed again as its UTF-8 bytes. */
export function absorb(state: HashState, text: string, max = 127): HashState {
  const end = text.length;
  let { hash, pending, shift } = state;
  let seen = 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    seen |= code;
    pending |= code << shift;
    shift = (shift + 8) & 31;
    if (shift > 0) continue;
    hash = mix(hash, pending);
    pending = 0;
  }
  return seen > max ? absorb(state, utf8(text), 255) : { hash, pending, shift, length: state.length + end };
}

/** The hash of all text that led to a state. */
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
