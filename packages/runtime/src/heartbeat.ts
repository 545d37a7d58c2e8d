/** A nanosecond clock that all threads share, in an int64 that the main thread's event loop sets as it turns. */
export class Heartbeat {
  readonly clock: SharedArrayBuffer;
  readonly #clock: BigInt64Array;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.clock = clock;
    this.#clock = new BigInt64Array(clock);
  }

  /** Beats each `millis` on this thread, until the next call; 0 ends it. Never keeps the process alive. */
  beat(millis: number): void {
    clearInterval(this.#timer);
    const set = (): void => void Atomics.store(this.#clock, 0, process.hrtime.bigint());
    set();
    if (millis > 0) this.#timer = setInterval(set, millis).unref();
  }

  /** When it beat last. */
  last(): bigint {
    return Atomics.load(this.#clock, 0);
  }
}
