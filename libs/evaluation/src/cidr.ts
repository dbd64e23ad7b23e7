const whole = /^(?:0|[1-9]\d*)$/;
const group = /^[\da-f]{1,4}$/i;
const mapped = '0'.repeat(80) + '1'.repeat(16);

function binary(parts: readonly string[], radix: number, width: number): string {
  return parts.map((part) => Number.parseInt(part, radix).toString(2).padStart(width, '0')).join('');
}

/** The 32 bits of an IPv4 address; null for anything else. */
function parseV4(text: string): string | null {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => whole.test(part) && Number(part) < 256) ? binary(parts, 10, 8) : null;
}

/** The groups of one side of `::`, an IPv4 address at the end of the text written as two of them. */
function split(side: string, isLast: boolean): readonly string[] {
  const groups = side === '' ? [] : side.split(':');
  const bits = isLast ? parseV4(groups.at(-1) ?? '') : null;
  if (bits === null) return groups;
  const hexadecimal = [bits.slice(0, 16), bits.slice(16)].map((half) => Number.parseInt(half, 2).toString(16));
  return [...groups.slice(0, -1), ...hexadecimal];
}

/** The 128 bits of an IPv6 address; null for anything else. */
function parseV6(text: string): string | null {
  const [head = '', tail, more] = text.split('::');
  const left = split(head, tail === undefined);
  const right = split(tail ?? '', true);
  const missing = 8 - left.length - right.length;
  if (more !== undefined || missing < 0 || (tail === undefined) !== (missing === 0)) return null;
  const groups = [...left, ...new Array<string>(missing).fill('0'), ...right];
  return groups.every((part) => group.test(part)) ? binary(groups, 16, 16) : null;
}

/**
 * Reads a range `address/length`, or an address alone as the range of itself: the bits that its addresses begin with, highest first, after
 * their family, so that a range holds an address exactly if its text begins the address's. IPv4-mapped IPv6 is IPv4.
 */
export function parseRange(text: string): string | null {
  const [address = '', written, more] = text.split('/');
  const v4 = parseV4(address);
  const bits = v4 === null ? parseV6(address) : mapped + v4;
  if (bits === null || more !== undefined) return null;
  const length = written === undefined ? 128 : Number(written) + (v4 === null ? 0 : 96);
  if (length > 128 || !whole.test(written ?? '0')) return null;
  const prefix = bits.slice(0, length);
  return prefix.startsWith(mapped) ? `4${prefix.slice(96)}` : `6${prefix}`;
}

/** Reads one address, in the form of `parseRange`. */
export function parseAddress(text: string): string | null {
  return text.includes('/') ? null : parseRange(text);
}
