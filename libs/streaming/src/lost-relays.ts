/** How long a relay that broke off is waited for. */
export const RELAY_BACK_MS = 10_000;

/** Relays that broke off and may be back any moment: nobody knows meanwhile how far those behind them are. */
export class LostRelays {
  readonly #lostAt = new Map<string, number>();

  lost(mark: string, now: number): void {
    this.#lostAt.set(mark, now);
  }

  back(mark: string): void {
    this.#lostAt.delete(mark);
  }

  /** How many are waited for. */
  count(now: number): number {
    for (const [mark, at] of this.#lostAt) if (now - at >= RELAY_BACK_MS) this.#lostAt.delete(mark);
    return this.#lostAt.size;
  }
}
