import { registry } from "./registry.ts";
import { makeStackReader, type SiteFrame } from "./target.ts";

const readStack = makeStackReader();

/**
 * A semaphore for async functions: at most `size` hold it at a time, the others wait their turn.
 *
 * Contention is what the `mutex` profile shows: the stacks that held it, by the time for which others waited.
 */
export class Semaphore {
  readonly #waiting: { readonly since: bigint; go(): void }[] = [];
  #free: number;

  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`invalid size ${size}: must be a positive integer`);
    this.#free = size;
  }

  /** Resolves with the function that releases it, once there is room; releasing twice is no error. */
  async acquire(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((go) => this.#waiting.push({ since: process.hrtime.bigint(), go }));
    const held = process.hrtime.bigint();
    let releases = true;
    return () => {
      if (releases) this.#release(held);
      releases = false;
    };
  }

  /** Runs the function while holding it. */
  async run<Result>(act: () => Result | Promise<Result>): Promise<Result> {
    const release = await this.acquire();
    try {
      return await act();
    } finally {
      release();
    }
  }

  #release(held: bigint): void {
    const { mutexFraction, mutex } = registry();
    if (this.#waiting.length > 0 && mutexFraction > 0 && Math.random() * mutexFraction < 1) {
      // As Go does it: the one who releases is charged with all the waiting that holding it has cost.
      const now = process.hrtime.bigint();
      const nanos = this.#waiting.reduce((sum, { since }) => sum + Number(now - (since > held ? since : held)), 0);
      const frames: SiteFrame[] = readStack(2, 64);
      mutex.addFrames(frames, nanos * mutexFraction, mutexFraction);
    }
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next.go();
  }
}

/** A lock for async functions; see `Semaphore`. */
export class Mutex extends Semaphore {
  constructor() {
    super(1);
  }
}
