/** What of all places may be taken by those that have been late before. */
const LATE_SHARE = 4;

interface Waiting {
  readonly isLate: boolean;
  readonly enter: () => void;
}

/**
 * Places for scrapes that are under way, a bounded number of them. Whoever was late last time, such as a process that accepts
 * connections and answers none, waits behind all others and has a quarter of the places: however many hang, the rest are on time.
 */
export class Places {
  readonly #most: number;
  readonly #mostLate: number;
  #taken = 0;
  #takenLate = 0;
  readonly #waiting = new Set<Waiting>();

  constructor(most: number) {
    this.#most = most;
    this.#mostLate = Math.max(1, Math.floor(most / LATE_SHARE));
  }

  get taken(): number {
    return this.#taken;
  }

  /** Resolves with the function that gives the place back; with undefined once the signal has aborted. */
  async take(isLate: boolean, signal: AbortSignal): Promise<(() => void) | undefined> {
    if (!this.#hasRoom(isLate)) {
      const entered = await new Promise<boolean>((resolve) => {
        const waiting: Waiting = { isLate, enter: () => leave(true) };
        const abort = (): void => leave(false);
        const leave = (hasPlace: boolean): void => {
          this.#waiting.delete(waiting);
          signal.removeEventListener("abort", abort);
          resolve(hasPlace);
        };
        this.#waiting.add(waiting);
        if (signal.aborted) abort();
        else signal.addEventListener("abort", abort);
      });
      if (!entered) return undefined;
    } else this.#enter(isLate);
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      this.#taken--;
      if (isLate) this.#takenLate--;
      this.#letIn();
    };
  }

  #hasRoom(isLate: boolean): boolean {
    return this.#taken < this.#most && (!isLate || this.#takenLate < this.#mostLate);
  }

  #enter(isLate: boolean): void {
    this.#taken++;
    if (isLate) this.#takenLate++;
  }

  /** Lets in who has waited longest, of those that have not been late before the others. */
  #letIn(): void {
    for (const isLate of [false, true]) {
      for (const waiting of this.#waiting) {
        if (!this.#hasRoom(isLate)) break;
        if (waiting.isLate !== isLate) continue;
        this.#enter(isLate);
        waiting.enter();
      }
    }
  }
}
