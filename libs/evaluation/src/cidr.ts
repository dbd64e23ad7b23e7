/** An address as four words of 32 bits; IPv4 is kept in its IPv4-mapped IPv6 form. */
export type Address = readonly [number, number, number, number];

/** A range of addresses of one family. */
export interface Range {
  readonly address: Address;
  /** Leading bits of the 128 that must agree. */
  readonly bits: number;
  readonly isV4: boolean;
}

const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const v4 = new RegExp(`^${octet}\\.${octet}\\.${octet}\\.${octet}$`);
const group = /^[0-9A-Fa-f]{1,4}$/;
const length = /^(?:0|[1-9]\d{0,2})$/;

function isMapped(address: Address): boolean {
  return address[0] === 0 && address[1] === 0 && address[2] === 0xffff;
}

function parseV4(text: string): number | null {
  const match = v4.exec(text);
  return match === null ? null : match.slice(1).reduce((word, part) => word * 256 + Number(part), 0);
}

/** The 16-bit groups of one side of `::`; the last two may be written as an IPv4 address. */
function parseGroups(text: string, mayEndInV4: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const tail = mayEndInV4 && i === parts.length - 1 ? parseV4(part) : null;
    if (tail !== null) groups.push(tail >>> 16, tail & 0xffff);
    else if (group.test(part)) groups.push(Number.parseInt(part, 16));
    else return null;
  }
  return groups;
}

function parseV6(text: string): Address | null {
  const sides = text.split('::');
  const isShort = sides.length === 2;
  const head = parseGroups(sides[0] ?? '', !isShort);
  const tail = parseGroups(sides[1] ?? '', true);
  if (sides.length > 2 || head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (isShort ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (i: number) => (((groups[i] ?? 0) << 16) | (groups[i + 1] ?? 0)) >>> 0;
  return [word(0), word(2), word(4), word(6)];
}

/** Reads an IPv4 or IPv6 address; longer than any address, with a zone or with leading zeros in IPv4 it is none. */
export function parseAddress(text: string): Address | null {
  if (text.length > 45) return null;
  const word = parseV4(text);
  return word === null ? parseV6(text) : [0, 0, 0xffff, word];
}

/** Reads `address/length`, or an address alone as the range of itself. */
export function parseRange(text: string): Range | null {
  const slash = text.indexOf('/');
  const base = slash < 0 ? text : text.slice(0, slash);
  const address = parseAddress(base);
  if (address === null) return null;
  const offset = base.includes(':') ? 0 : 96;
  const written = slash < 0 ? String(128 - offset) : text.slice(slash + 1);
  const bits = Number(written) + offset;
  if (!length.test(written) || bits > 128) return null;
  return { address, bits, isV4: isMapped(address) && bits >= 96 };
}

/** Whether a range holds an address; an IPv4-mapped IPv6 address is an IPv4 address, and families never mix. */
export function holdsAddress(range: Range, address: Address): boolean {
  if (isMapped(address) !== range.isV4) return false;
  let bits = range.bits;
  for (let i = 0; i < 4 && bits > 0; i++, bits -= 32) {
    const differing = (address[i] ?? 0) ^ (range.address[i] ?? 0);
    if (bits >= 32 ? differing !== 0 : differing >>> (32 - bits) !== 0) return false;
  }
  return true;
}
