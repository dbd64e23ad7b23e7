/** How the value of a field is written on the wire, and what it is read as. */
export type Kind = 'text' | 'hex' | 'fixed64' | 'int' | 'int64' | 'bool' | 'double' | Message;

/** One field that is read; fields that a message does not list are passed over. */
export interface Field {
  readonly name: string;
  readonly kind: Kind;
  readonly isList?: true;
  /** More elements of a list than these are passed over. */
  readonly most?: number;
}

/** The fields of a message by their numbers. */
export interface Message {
  readonly [number: number]: Field;
}

/** A message as its JSON form has it: times and 64-bit integers as decimal text, ids in hexadecimal digits. */
export type Decoded = Record<string, unknown>;

const VARINT = 0;
const I64 = 1;
const LEN = 2;
const I32 = 5;
const SIGN = 64;

const utf8 = new TextDecoder('utf-8', { fatal: true });

class Reader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.at];
      if (byte === undefined) break;
      this.at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(SIGN, value);
    }
    throw new RangeError('a varint has no end');
  }

  /** Field number and wire type of what comes next. */
  tag(): readonly [number, number] {
    const tag = this.bytes[this.at] ?? 0;
    // Nearly all tags are one byte.
    const whole = tag < 0x80 ? tag : Number(this.varint());
    if (tag < 0x80) this.at += 1;
    const number = Math.floor(whole / 8);
    if (number < 1 || number > 536_870_911) throw new RangeError('a field has an impossible number');
    return [number, whole % 8];
  }

  take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.bytes.length) throw new RangeError('a field is longer than its message');
    const taken = this.bytes.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  delimited(): Buffer {
    return this.take(Number(this.varint()));
  }

  skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === I64) this.take(8);
    else if (wire === LEN) this.delimited();
    else if (wire === I32) this.take(4);
    else throw new RangeError('a field has an unknown wire type');
  }
}

function wireOf(kind: Kind): number {
  if (kind === 'fixed64' || kind === 'double') return I64;
  return kind === 'int' || kind === 'int64' || kind === 'bool' ? VARINT : LEN;
}

function readValue(reader: Reader, kind: Kind): unknown {
  if (typeof kind === 'object') return read(new Reader(reader.delimited()), kind);
  switch (kind) {
    case 'text':
      return utf8.decode(reader.delimited());
    case 'hex':
      return reader.delimited().toString('hex');
    case 'fixed64':
      return String(reader.take(8).readBigUInt64LE());
    case 'double':
      return reader.take(8).readDoubleLE();
    case 'int':
      return Number(BigInt.asIntN(32, reader.varint()));
    case 'int64':
      return String(BigInt.asIntN(SIGN, reader.varint()));
    case 'bool':
      return reader.varint() !== 0n;
    default:
      return kind satisfies never;
  }
}

/** A list with the element that comes next, if there may be more. */
function withNext(list: unknown[], { kind, most = Number.POSITIVE_INFINITY }: Field, reader: Reader): unknown[] {
  if (list.length < most) list.push(readValue(reader, kind));
  else reader.skip(wireOf(kind));
  return list;
}

function read(reader: Reader, message: Message): Decoded {
  const decoded: Decoded = {};
  const lists = new Map<string, unknown[]>();
  while (!reader.isAtEnd) {
    const [number, wire] = reader.tag();
    const field = message[number];
    if (field === undefined) reader.skip(wire);
    else if (wire !== wireOf(field.kind)) throw new RangeError('a field is of another type than it should be');
    else if (field.isList === undefined) decoded[field.name] = readValue(reader, field.kind);
    else lists.set(field.name, withNext(lists.get(field.name) ?? [], field, reader));
  }
  for (const [name, list] of lists) decoded[name] = list;
  return decoded;
}

/** The bytes of the messages that one field of a message holds, one more than `most` at the most; null when the bytes are no message. */
export function messagesIn(bytes: Buffer, number: number, most: number): Buffer[] | null {
  const reader = new Reader(bytes);
  const found: Buffer[] = [];
  try {
    while (!reader.isAtEnd && found.length <= most) {
      const [name, wire] = reader.tag();
      if (name !== number) reader.skip(wire);
      else if (wire === LEN) found.push(reader.delimited());
      else return null;
    }
    return found;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Reads a protobuf message; null when the bytes are none. Depth is bounded by the description, which never refers to itself. */
export function decodeProtobuf(bytes: Buffer, message: Message): Decoded | null {
  try {
    return read(new Reader(bytes), message);
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return null;
    throw error;
  }
}
