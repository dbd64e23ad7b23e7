import type { View } from '@ballast/protocol';

/** What is known of one connected instance. */
export interface Receipt {
  readonly instance: string;
  readonly sdk: string;
  readonly keyId: string;
  readonly environmentId: string;
  readonly view: View;
  /** The revision it last said it applied; undefined before its first receipt. */
  readonly revision: number | undefined;
  /** When it applied it, by its own clock. */
  readonly at: number | undefined;
}

/** Who is connected, and which revision each of them applied. */
export class Receipts {
  readonly #receipts = new Map<string, Receipt>();

  /** Writes down what is now known; `connection` is one socket's id. */
  record(connection: string, receipt: Receipt): void {
    this.#receipts.set(connection, receipt);
  }

  /** Forgets a connection. */
  forget(connection: string): void {
    this.#receipts.delete(connection);
  }

  of(connection: string): Receipt | undefined {
    return this.#receipts.get(connection);
  }

  /** One receipt per instance of an environment; of an instance that is connected twice, the newer connection's. */
  in(environmentId: string): readonly Receipt[] {
    const byInstance = new Map<string, Receipt>();
    for (const receipt of this.#receipts.values()) {
      if (receipt.environmentId === environmentId) byInstance.set(receipt.instance, receipt);
    }
    return [...byInstance.values()];
  }
}
