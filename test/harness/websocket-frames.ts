const TEXT = 1;

/** One frame of a server: its text if it has one, and all its bytes. */
export interface Frame {
  readonly text: string | undefined;
  readonly bytes: Buffer;
}

/** Cuts what a server sends into frames; give it every piece in order. https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
export class FrameReader {
  #rest = Buffer.alloc(0);

  read(piece: Buffer): readonly Frame[] {
    this.#rest = Buffer.concat([this.#rest, piece]);
    const frames: Frame[] = [];
    for (let end = endOf(this.#rest); end <= this.#rest.length; end = endOf(this.#rest)) {
      const bytes = this.#rest.subarray(0, end);
      const isText = ((bytes[0] ?? 0) & 0x0f) === TEXT;
      frames.push({ bytes, text: isText ? bytes.subarray(headOf(bytes)).toString() : undefined });
      this.#rest = this.#rest.subarray(end);
    }
    return frames;
  }
}

/** A text as a server sends it. */
export function textFrame(text: string): Buffer {
  const content = Buffer.from(text);
  const { length } = content;
  if (length < 126) return Buffer.concat([Buffer.of(0x80 + TEXT, length), content]);
  if (length < 0x10000) return Buffer.concat([Buffer.of(0x80 + TEXT, 126, length >> 8, length & 0xff), content]);
  const head = Buffer.alloc(10);
  head.set([0x80 + TEXT, 127]);
  head.writeUInt32BE(length, 6);
  return Buffer.concat([head, content]);
}

function headOf(bytes: Buffer): number {
  const length = bytes[1] ?? 0;
  if (length < 126) return 2;
  return length === 126 ? 4 : 10;
}

/** Where the first frame ends; beyond everything when not even its head is there. */
function endOf(bytes: Buffer): number {
  const head = headOf(bytes);
  if (bytes.length < head) return Number.POSITIVE_INFINITY;
  if (head === 2) return head + (bytes[1] ?? 0);
  return head + (head === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)));
}
