import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 100;
const TIMEOUT_MS = 20_000;

/** What became of the writes so far. */
export interface WriteCounts {
  /** The server said that they are done. */
  readonly acknowledged: number;
  /** Their request was cut off, and may have been done or not. */
  readonly unsure: number;
  /** Attempts that failed: connections refused or cut, 429 and 503. */
  readonly failures: number;
}

/** Creates flags and keeps a book of what was acknowledged; what fails is tried again under the same `Idempotency-Key`. */
export class WriteBook {
  readonly acknowledged = new Set<string>();
  readonly unsure = new Set<string>();
  /** Answers that no fault explains. */
  readonly surprises: string[] = [];
  readonly #prefix: string;
  readonly #urls: readonly string[];
  readonly #token: string;
  #failures = 0;
  #next = 0;
  #isOver = false;

  constructor(urls: readonly string[], token: string, prefix = 'w') {
    this.#urls = urls;
    this.#token = token;
    this.#prefix = prefix;
  }

  get counts(): WriteCounts {
    return { acknowledged: this.acknowledged.size, unsure: this.unsure.size, failures: this.#failures };
  }

  /** Writes until so many are acknowledged, by so many writers at once; or until `enough`. */
  async write(count: number, writers = 8): Promise<void> {
    this.#isOver = false;
    const until = this.acknowledged.size + count;
    let begun = this.acknowledged.size;
    const one = async (writer: number): Promise<void> => {
      while (!this.#isOver && this.surprises.length === 0 && begun < until) {
        begun += 1;
        if (!(await this.#create(`${this.#prefix}-${this.#next++}`, writer))) begun -= 1;
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => one(writer)));
  }

  /** Lets the writers end what they are at. */
  enough(): void {
    this.#isOver = true;
  }

  /** Settles when so many are acknowledged in all. */
  async reached(count: number): Promise<void> {
    while (this.acknowledged.size < count) {
      const [surprise] = this.surprises;
      if (surprise !== undefined) throw new Error(`no fault explains this answer: ${surprise}`);
      await delay(5);
    }
  }

  /** Settles when at least so many attempts have failed in all. */
  async failed(count: number): Promise<void> {
    while (this.#failures < count) await delay(5);
  }

  /** Whether the flag is known to be there. */
  async #create(key: string, writer: number): Promise<boolean> {
    for (let attempt = writer; ; attempt++) {
      const outcome = await this.#attempt(key, this.#urls[attempt % this.#urls.length] ?? '');
      if (outcome === 'done') this.acknowledged.add(key);
      if (outcome === 'unsure') this.unsure.add(key);
      if (outcome !== 'again') return outcome === 'done';
      this.#failures += 1;
      await delay(PAUSE_MS);
    }
  }

  async #attempt(key: string, url: string): Promise<'done' | 'again' | 'unsure'> {
    const answer = await fetch(`${url}/api/v1/projects/default/flags`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json', 'idempotency-key': `"${key}"` },
      body: JSON.stringify({ key, kind: 'permission', type: 'boolean', variants: { on: true, off: false }, owner: 'team' }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch(() => null);
    if (answer === null) return 'again';
    const text = await answer.text().catch(() => null);
    if (answer.status === 201) return 'done';
    if (text === null || answer.status === 429 || answer.status === 503) return 'again';
    const code = codeIn(text);
    // The attempt before was cut off with its server; who asks later than this test can wait learns what became of it.
    if (code === 'idempotency.in_progress' || code === 'idempotency.answer_lost') return 'unsure';
    this.surprises.push(`${answer.status} ${text}`);
    return 'unsure';
  }
}

function codeIn(text: string): unknown {
  try {
    return JSON.parse(text).code;
  } catch {
    return null;
  }
}
