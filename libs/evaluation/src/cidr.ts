const whole = /^(?:0|[1-9]\d*)$/;
const group = /^[\da-f]{1,4}$/i;
const mapped = '0'.repeat(80) + '1'.repeat(16);

/** Two octets of an IPv4 address as a group of an IPv6 address; the empty text where they are none. */
function groupOf(octets: string): string {
  const [high = 0, low = 0] = octets.split('.').map((octet) => (whole.test(octet) ? Number(octet) : 256));
  return high < 256 && low < 256 ? (high * 256 + low).toString(16) : '';
}

/** The bits of groups; what is none shows as a minus sign. */
function bitsOf(groups: string): string {
  const bits = (part: string): string => (group.test(part) ? Number.parseInt(part, 16).toString(2).padStart(16, '0') : '-');
  return groups === '' ? '' : groups.split(':').map(bits).join('');
}

/** The 128 bits of an IPv6 address, which may end in an IPv4 address; null for anything else. */
function parseBits(text: string): string | null {
  const [head = '', tail, more] = text
    .replace(/:(\d+\.\d+)\.(\d+\.\d+)$/, (_, high, low) => `:${groupOf(high)}:${groupOf(low)}`)
    .split('::');
  const left = bitsOf(head);
  const right = bitsOf(tail ?? '');
  const missing = 128 - left.length - right.length;
  if (more !== undefined || missing < 0 || (tail === undefined) !== (missing === 0) || (left + right).includes('-')) return null;
  return left + '0'.repeat(missing) + right;
}

/**
 * Reads a range `address/length`, or an address alone as the range of itself: the bits that its addresses begin with, highest first, after
 * their family, so that a range holds an address exactly if its text begins the address's. IPv4-mapped IPv6 is IPv4.
 */
export function parseRange(text: string): string | null {
  const isV4 = !text.includes(':');
  const [address, written = isV4 ? '32' : '128', more] = text.split('/');
  const bits = parseBits((isV4 ? '::ffff:' : '') + address);
  const length = Number(written) + (isV4 ? 96 : 0);
  if (bits === null || more !== undefined || length > 128 || !whole.test(written)) return null;
  const prefix = bits.slice(0, length);
  return prefix.startsWith(mapped) ? `4${prefix.slice(96)}` : `6${prefix}`;
}

/** Reads one address, in the form of `parseRange`. */
export function parseAddress(text: string): string | null {
  return text.includes('/') ? null : parseRange(text);
}
