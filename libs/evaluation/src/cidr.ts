const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const dotted = new RegExp(`:${octet}\\.${octet}\\.${octet}\\.${octet}$`);

/** Two octets of an IPv4 address as a group of an IPv6 address. */
function groupOf(high: string, low: string): string {
  return `:${(Number(high) * 256 + Number(low)).toString(16)}`;
}

/** The bits of one group; what is none shows as a minus sign. */
function bitsOf(group: string): string {
  return /^[\da-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16).toString(2).padStart(16, '0') : '-';
}

/**
 * Reads a range `address/length`, or an address alone as the range of itself: the bits that its addresses begin with, highest first, after
 * their family, so that a range holds an address exactly if its text begins the address's. IPv4-mapped IPv6 is IPv4.
 */
export function parseRange(text: string): string | null {
  const before = text.includes(':') ? 0 : 96;
  const [, address = '', length = 128 - before] = /^([^/]*)(?:\/(0|[1-9]\d*))?$/.exec(text) ?? [];
  const [head, tail] = ((before ? '::ffff:' : '') + address)
    .replace(dotted, (_, ...octets) => groupOf(octets[0], octets[1]) + groupOf(octets[2], octets[3]))
    .split(/::(.*)/)
    .map((groups) => (groups === '' ? '' : groups.split(':').map(bitsOf).join('')));
  // The double colon stands for at least one bit that is zero, and for as many as are missing.
  const bits = tail === undefined ? `${head}` : `${head}0`.padEnd(128 - tail.length, '0') + tail;
  const end = before + Number(length);
  return end > 128 || !/^[01]{128}$/.test(bits) ? null : `6${bits.slice(0, end)}`.replace(/^60{80}1{16}/, '4');
}

/** Reads one address, in the form of `parseRange`. */
export function parseAddress(text: string): string | null {
  return text.includes('/') ? null : parseRange(text);
}
