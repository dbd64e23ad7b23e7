import type { Finding } from '../check-rules.js';

/** Collects what an import has to say. */
export type Report = (level: Finding['level'], path: string, message: string) => void;

/** One object of a document. It remembers what was read of it, so that what nobody read can be reported and never drops out silently. */
export class Fields {
  readonly path: string;
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #report: Report;
  readonly #read = new Set<string>();
  readonly #children: Fields[] = [];

  constructor(value: unknown, path: string, report: Report) {
    this.path = path;
    this.#report = report;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isObject) report('error', path, 'must be an object');
    this.#values = isObject ? { ...value } : {};
  }

  /** Says that something is wrong with a field, or with the object itself. */
  refuse(key: string | null, message: string): void {
    this.#report('error', this.#at(key), message);
  }

  /** Says that something was understood in a way worth knowing. */
  warn(key: string | null, message: string): void {
    this.#report('warning', this.#at(key), message);
  }

  has(key: string): boolean {
    return this.#values[key] !== undefined;
  }

  /** A text; undefined when it is missing, or reported as none. */
  text(key: string, most = Number.POSITIVE_INFINITY): string | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') this.refuse(key, 'must be a text');
    else if (value.length > most) this.refuse(key, `must not exceed ${most} characters`);
    else return value;
    return undefined;
  }

  number(key: string): number | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    this.refuse(key, 'must be a number');
    return undefined;
  }

  boolean(key: string): boolean | undefined {
    const value = this.#take(key);
    if (value === undefined || typeof value === 'boolean') return value;
    this.refuse(key, 'must be true or false');
    return undefined;
  }

  /** A nested object; undefined when it is missing. */
  child(key: string): Fields | undefined {
    const value = this.#take(key);
    return value === undefined ? undefined : this.#adopt(value, this.#at(key));
  }

  /** A list of objects; empty when it is missing. */
  list(key: string): readonly Fields[] {
    const value = this.#take(key);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value.map((item, index) => this.#adopt(item, `${this.#at(key)}[${index}]`));
    this.refuse(key, 'must be a list');
    return [];
  }

  /** Reports every field, here and below, that nobody read. */
  reportUnread(): void {
    for (const key of Object.keys(this.#values)) if (!this.#read.has(key)) this.warn(key, 'is not kept');
    for (const child of this.#children) child.reportUnread();
  }

  #take(key: string): unknown {
    this.#read.add(key);
    return this.#values[key] ?? undefined;
  }

  #adopt(value: unknown, path: string): Fields {
    const child = new Fields(value, path, this.#report);
    this.#children.push(child);
    return child;
  }

  #at(key: string | null): string {
    return key === null ? this.path : `${this.path}.${key}`;
  }
}
