import { makeStackReader } from "../../target/stack-reader.ts";
import { Contention, type Held } from "./contention.ts";

const readStack = makeStackReader();
/** Who asks for a lock: the caller of the function that calls this by way of `wait`. */
const asking = readStack.walks ? undefined : () => readStack(3, 64);

/**
 * A semaphore for async functions: at most `size` hold it at a time, the others wait their turn.
 *
 * Contention is what the `mutex` profile shows: the stacks that held it, by the time for which others waited.
 */
export class Semaphore {
  readonly #contention = new Contention();
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1) throw new RangeError(`invalid size ${size}: must be a positive integer`);
    this.#free = size;
  }

  /** Resolves with the function that releases it, once there is room; releasing twice is no error. */
  async acquire(): Promise<() => void> {
    const acquired = this.#contention.wait(asking);
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((go) => this.#waiting.push(go));
    const held = acquired();
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

  #release(held: Held): void {
    this.#contention.release(held, () => readStack(4, 64));
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}

/** A lock for async functions; see `Semaphore`. */
export class Mutex extends Semaphore {
  constructor() {
    super(1);
  }
}

type Release = () => void;
/** What `acquire` of a lock resolves with: the releasing function, or a value and that. */
type Acquired = Release | readonly [value: unknown, release: Release];

/** What `profileLock` needs of a lock: the shape of `Mutex` and `Semaphore` of the package `async-mutex`. */
export interface Lock {
  // biome-ignore lint/suspicious/noExplicitAny: a mutex takes a priority, a semaphore a weight before it.
  acquire(...args: any[]): Promise<Acquired>;
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  runExclusive(callback: any, ...args: any[]): Promise<any>;
}

/**
 * Has a `Mutex` or `Semaphore` of the package `async-mutex` in the `mutex` profile from now on, and returns it: the same
 * object, whose `acquire` and `runExclusive` are replaced. Each then takes about 2 µs more, and on Node 20 another 20 where it is counted (`setMutexProfileFraction`).
 *
 * Only what these two return is seen to be released; the lock's own `release()` is not.
 */
export function profileLock<L extends Lock>(lock: L): L {
  const contention = new Contention();
  const acquire = lock.acquire.bind(lock);
  const watched = async (...args: unknown[]): Promise<Acquired> => {
    const waited = contention.wait(asking);
    let held: Held | undefined;
    const acquired = await acquire(...args).finally(() => {
      held = waited();
    });
    let releases = true;
    const watch =
      (release: Release): Release =>
      () => {
        if (releases && held !== undefined) contention.release(held, () => readStack(3, 64));
        releases = false;
        release();
      };
    return typeof acquired === "function" ? watch(acquired) : [acquired[0], watch(acquired[1])];
  };
  const runExclusive = async (callback: (value?: unknown) => unknown, ...args: unknown[]): Promise<unknown> => {
    const acquired = await watched(...args);
    const [value, release] = typeof acquired === "function" ? [undefined, acquired] : acquired;
    try {
      return await callback(value);
    } finally {
      release();
    }
  };
  return Object.assign(lock, { acquire: watched, runExclusive });
}
