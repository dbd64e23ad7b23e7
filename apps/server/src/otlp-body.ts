const VARINT = 0;
const LEN = 2;

/** Media type of OTLP's binary form. */
export const PROTOBUF = 'application/x-protobuf';

/** The body of an answer over OTLP, and its media type: the form of the request. */
export interface OtlpBody {
  readonly type: string;
  readonly body: string | Buffer;
}

function varintOf(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}

/** A field that holds a non-negative integer; nothing for 0, which is the default. */
export function intField(number: number, value: number): Buffer {
  return Buffer.from(value === 0 ? [] : [...varintOf(number * 8 + VARINT), ...varintOf(value)]);
}

/** A field that holds bytes: a message, or text in UTF-8. */
export function bytesField(number: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([...varintOf(number * 8 + LEN), ...varintOf(value.length)]), value]);
}
