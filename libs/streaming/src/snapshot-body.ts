import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type SnapshotState, snapshotOf, type View } from '@ballast/protocol';

const compress = promisify(gzip);

/** One snapshot as bytes, shared by everyone who asks for it. */
export class SnapshotBody {
  readonly revision: number;
  /** A weak validator, quoted; differs whenever the content may. */
  readonly etag: string;
  readonly json: Buffer;
  #gzip: Promise<Buffer> | undefined;
  #gzipped: Buffer | undefined;

  constructor(environmentId: string, view: View, state: SnapshotState) {
    this.revision = state.revision;
    this.etag = etagOf(environmentId, view, state);
    this.json = Buffer.from(JSON.stringify(snapshotOf(state)));
  }

  /** The compressed bytes, made on the first call. */
  gzip(): Promise<Buffer> {
    this.#gzip ??= this.#compress();
    return this.#gzip;
  }

  /** The compressed bytes, if they were made already. */
  get gzipped(): Buffer | undefined {
    return this.#gzipped;
  }

  async #compress(): Promise<Buffer> {
    this.#gzipped = await compress(this.json);
    return this.#gzipped;
  }
}

/** Environment, view, revision and checksum: a database that was set back never repeats one. */
export function etagOf(environmentId: string, view: View, head: { readonly revision: number; readonly checksum: number }): string {
  return `W/"${environmentId}.${view}.${head.revision}.${head.checksum.toString(36)}"`;
}
