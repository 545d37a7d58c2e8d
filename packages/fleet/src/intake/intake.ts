import type { Arrival, Failure, Objection, Store } from "../store/store.ts";

/** What became of an arrival: kept, perhaps in part, or not. */
export interface Kept {
  readonly refused: Objection | undefined;
  readonly cut: Objection | undefined;
}

interface Waiting {
  readonly arrival: Arrival;
  readonly resolve: (kept: Kept) => void;
  readonly reject: (error: unknown) => void;
}

/** So many are given to the store together: one fsync is then for all of them. */
const MOST_TOGETHER = 256;
/** Failures that wait, none of which is worth more than what works: beyond it the oldest are let go of, and counted. */
const MOST_FAILURES = 10_000;

/**
 * The way of all profiles into the store: what comes while the store writes is written together next. Bounded: what finds it full is
 * told so.
 */
export class Intake {
  readonly #store: Store;
  readonly #mostBytes: number;
  #bytes = 0;
  #waiting: Waiting[] = [];
  #failures: Failure[] = [];
  #dropped = 0;
  #writing: Promise<void> | undefined;
  readonly #tell: (sentence: string) => void;

  /** `tell` hears of what went wrong and nobody waits for. */
  constructor(store: Store, mostBytes: number, tell: (sentence: string) => void) {
    this.#store = store;
    this.#mostBytes = mostBytes;
    this.#tell = tell;
  }

  /** Whether there is no room for so many bytes more. One alone always has room. */
  isFull(bytes: number): boolean {
    return this.#bytes > 0 && this.#bytes + bytes > this.#mostBytes;
  }

  /** How many failures were let go of since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Resolves when it is durable or refused; rejects where the store could not write. */
  keep(arrival: Arrival): Promise<Kept> {
    this.#bytes += arrival.profile.length;
    return new Promise<Kept>((resolve, reject) => {
      this.#waiting.push({ arrival, resolve, reject });
      this.#write();
    }).finally(() => {
      this.#bytes -= arrival.profile.length;
    });
  }

  fail(failure: Failure): void {
    this.#failures.push(failure);
    if (this.#failures.length > MOST_FAILURES) {
      this.#failures.shift();
      this.#dropped++;
    }
    this.#write();
  }

  /** Resolves when all that came so far is written, or said to be not. */
  async written(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  #write(): void {
    // What comes in this turn of the event loop goes together.
    this.#writing ??= Promise.resolve()
      .then(() => this.#writeAll())
      .finally(() => {
        this.#writing = undefined;
      });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length + this.#failures.length > 0) {
      const together = this.#waiting.splice(0, MOST_TOGETHER);
      const failures = this.#failures;
      this.#failures = [];
      await Promise.all([
        together.length > 0 && this.#append(together),
        failures.length > 0 &&
          this.#store.fail(failures).catch((error: unknown) => {
            this.#dropped += failures.length;
            this.#tell(`${failures.length} failed scrapes could not be written down: ${String(error)}`);
          }),
      ]);
    }
  }

  async #append(together: readonly Waiting[]): Promise<void> {
    try {
      const { refused, cut } = await this.#store.append(together.map(({ arrival }) => arrival));
      const of = (objections: readonly Objection[], index: number): Objection | undefined =>
        objections.find((objection) => objection.index === index);
      for (const [i, { resolve }] of together.entries()) resolve({ refused: of(refused, i), cut: of(cut, i) });
    } catch (error) {
      for (const { reject } of together) reject(error);
    }
  }
}
