import { Refusal } from '../errors.js';
import type { WriteRequest } from './ledger.types.js';

/**
 * Ordinary writes to one environment that stand at the database at once, from one server: one works, the other has its lock in sight.
 * More would be no faster, since all of them want the same row, and the database hands that row out in the order of arrival.
 */
const PER_PLACE = 2;
/** Ordinary writes at once in all: some connections of the pool are always left for a kill, and for reading. */
const IN_ALL = 6;
const PATIENCE_MS = 10_000;

interface Waiting {
  readonly place: string;
  readonly start: () => void;
}

/** Who may go to the database now. Ordinary writes wait here, in order, so that a kill passes all of them but the few that are there already. */
export class WriteGate {
  private readonly running = new Map<string, number>();
  private readonly queue = new Set<Waiting>();
  private total = 0;

  /** Runs the work when it is its turn; what is urgent does not wait. */
  async run<Result>(request: Pick<WriteRequest, 'environmentIds' | 'projectId' | 'urgent'>, work: () => Promise<Result>): Promise<Result> {
    const place = request.urgent === true ? null : placeOf(request);
    if (place === null) return work();
    await this.enter(place);
    try {
      return await work();
    } finally {
      this.leave(place);
    }
  }

  private async enter(place: string): Promise<void> {
    if (this.isFree(place)) return this.take(place);
    await new Promise<void>((resolve, reject) => {
      const start = () => {
        clearTimeout(deadline);
        this.queue.delete(waiting);
        this.take(place);
        resolve();
      };
      const waiting = { place, start };
      const deadline = setTimeout(() => {
        this.queue.delete(waiting);
        reject(new Refusal('database.timeout'));
      }, PATIENCE_MS);
      this.queue.add(waiting);
    });
  }

  private leave(place: string): void {
    const left = (this.running.get(place) ?? 1) - 1;
    if (left === 0) this.running.delete(place);
    else this.running.set(place, left);
    this.total -= 1;
    for (const waiting of this.queue) {
      if (this.total >= IN_ALL) break;
      if (this.isFree(waiting.place)) waiting.start();
    }
  }

  private take(place: string): void {
    this.running.set(place, (this.running.get(place) ?? 0) + 1);
    this.total += 1;
  }

  private isFree(place: string): boolean {
    return this.total < IN_ALL && (this.running.get(place) ?? 0) < PER_PLACE;
  }
}

/** What a write wants for itself; null when that is nothing. */
function placeOf({ environmentIds, projectId }: Pick<WriteRequest, 'environmentIds' | 'projectId'>): string | null {
  if (environmentIds === 'all') return `project ${projectId}`;
  return environmentIds.length === 0 ? null : [...environmentIds].sort().join();
}
