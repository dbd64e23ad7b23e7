import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type SnapshotState, stateFrom } from '@ballast/protocol';
import { type KeyEntry, type PairBody, parseKeyList, parsePairSnapshot } from '@ballast/streaming';

const SAVE_DELAY_MS = 1_000;

/** What a relay starts with when upstream is gone. */
export interface Kept {
  readonly environmentId: string;
  readonly keys: readonly KeyEntry[];
  readonly server: SnapshotState;
  readonly client: SnapshotState;
}

/** What there is to keep. */
export interface Keepable {
  readonly keys: readonly KeyEntry[];
  readonly body: PairBody;
}

/** Where the file lies, whose it is, what goes into it, and who hears what went wrong. */
export interface DiskOptions {
  readonly folder: string;
  /** Another upstream or another key has another file. */
  readonly owner: readonly string[];
  readonly content: () => Keepable | undefined;
  readonly onProblem: (problem: string, error: unknown) => void;
}

/**
 * Keeps the last verified snapshot and the hashes of the keys in one file, readable by its owner alone, replaced by a rename so that nobody ever
 * reads half of it. Whatever fails is told and leaves the relay working from memory.
 */
export class DiskBootstrap {
  readonly #options: DiskOptions;
  readonly #file: string;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: DiskOptions) {
    this.#options = options;
    const name = createHash('sha256').update(options.owner.join('\n')).digest('hex').slice(0, 32);
    this.#file = join(options.folder, `${name}.json`);
  }

  /** What was kept, verified; undefined when there is nothing that can be used. */
  async load(): Promise<Kept | undefined> {
    try {
      const kept = readKept(JSON.parse(await readFile(this.#file, 'utf8')));
      if (typeof kept !== 'string') return kept;
      this.#options.onProblem('the kept snapshot cannot be used', kept);
    } catch (error) {
      if (!isMissing(error)) this.#options.onProblem('the kept snapshot cannot be read', error);
    }
    return undefined;
  }

  /** Writes within a second, however often it is asked to. */
  save(): void {
    this.#timer ??= setTimeout(() => void this.flush(), SAVE_DELAY_MS);
  }

  /** Writes now what waits to be written; settles when it lies on the disk or could not be written. */
  flush(): Promise<void> {
    const isDue = this.#timer !== undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (isDue) this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const content = this.#options.content();
    if (content === undefined) return;
    const { keys, body } = content;
    const draft = `${this.#file}.new`;
    try {
      await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
      const file = await open(draft, 'w', 0o600);
      try {
        // Unlike writev, this goes on after a short write, which is what a disk that fills up begins with.
        await file.writeFile(Buffer.concat([Buffer.from(`{"v":1,"keys":${JSON.stringify(keys)},"pair":`), body.json, Buffer.from('}')]));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(draft, this.#file);
    } catch (error) {
      this.#options.onProblem('the snapshot could not be kept', error);
    }
  }
}

function readKept(value: unknown): Kept | string {
  if (typeof value !== 'object' || value === null || !('v' in value) || value.v !== 1 || !('pair' in value)) return 'not a kept snapshot';
  const list = parseKeyList(value);
  const pair = parsePairSnapshot(value.pair);
  if (typeof list === 'string') return list;
  if (typeof pair === 'string') return pair;
  const [server, client] = [stateFrom(pair.server), stateFrom(pair.client)];
  if ('problem' in server) return server.problem;
  if ('problem' in client) return client.problem;
  return { environmentId: pair.environmentId, keys: list.keys, server: server.state, client: client.state };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
