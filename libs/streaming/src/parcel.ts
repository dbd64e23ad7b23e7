/** One message as it travels: many clients are handed the very same bytes. */
export interface Parcel {
  /** What socket.io would write; for transports that take no finished frames. */
  readonly text: string;
  readonly options: { readonly compress: false; readonly wsPreEncodedFrame: readonly [Buffer] };
  /** About how much memory it takes on its way. */
  readonly bytes: number;
  /** How long it is on the wire. */
  readonly frameBytes: number;
}

/** What a message costs besides its content. */
const OVERHEAD_BYTES = 256;
/** A final frame of text. */
const FINAL_TEXT = 0x81;

const packed = new WeakMap<object, Parcel>();
const texts = new WeakMap<object, string>();

/** A message as JSON; many who poll from the same revision are sent the same one. */
export function jsonOf(message: object): string {
  const known = texts.get(message);
  if (known !== undefined) return known;
  const text = JSON.stringify(message);
  texts.set(message, text);
  return text;
}

/** Packs a message for a namespace, once: a message always travels under the same name. */
export function parcelOf(namespace: string, event: string, message: object): Parcel {
  const known = packed.get(message);
  if (known !== undefined) return known;
  const text = `2${namespace},${JSON.stringify([event, message])}`;
  const frame = frameOf(`4${text}`);
  const parcel: Parcel = {
    text,
    options: { compress: false, wsPreEncodedFrame: [frame] },
    bytes: OVERHEAD_BYTES + frame.length,
    frameBytes: frame.length,
  };
  packed.set(message, parcel);
  return parcel;
}

/** A text as one websocket frame of a server (RFC 6455, 5.2), in one buffer: one write to the socket. */
export function frameOf(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const head = headOf(length);
  const frame = Buffer.allocUnsafe(head.length + length);
  head.copy(frame);
  frame.write(text, head.length);
  return frame;
}

function headOf(length: number): Buffer {
  if (length < 126) return Buffer.from([FINAL_TEXT, length]);
  if (length < 65_536) return Buffer.from([FINAL_TEXT, 126, length >> 8, length & 0xff]);
  const head = Buffer.alloc(10);
  head[0] = FINAL_TEXT;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
