/** Whoever was told of a change is told of those that follow within this time once, at its end. */
const PAUSE_MS = 100;

/** Tells each room at the end of the turn in which something changed there, and of a burst only now and then. */
export class Pace {
  /** Rooms that were told a moment ago; whether something has changed since. */
  private readonly told = new Map<string, boolean>();

  constructor(private readonly tell: (room: string) => void) {}

  /** Something has changed for a room. */
  changed(room: string): void {
    if (this.told.has(room)) {
      this.told.set(room, true);
      return;
    }
    this.told.set(room, false);
    queueMicrotask(() => {
      this.told.set(room, false);
      this.tell(room);
    });
    setTimeout(() => this.goOn(room), PAUSE_MS).unref();
  }

  private goOn(room: string): void {
    const isDue = this.told.get(room) === true;
    this.told.delete(room);
    if (isDue) this.changed(room);
  }
}
