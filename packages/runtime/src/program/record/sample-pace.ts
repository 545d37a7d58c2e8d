/**
 * A server may move a gigabyte a second, which would be 2,000 samples: together they may take this part of the time, with so many
 * milliseconds in reserve. Beyond, samples are taken ever more seldom, each standing for more, up to so many times.
 */
const SHARE = 0.004;
const RESERVE_MILLIS = 20;
const STEP_MILLIS = 2;
const MOST_SELDOM = 64;
/** The thread may lose its processor while it samples, which is not what that costs. */
const MOST_MILLIS = 0.1;

// The program may replace them as it runs.
const { log, min } = Math;
const { now } = Date;
const clock = performance.now.bind(performance);

/** Says after how many bytes the next sample comes: each byte is as likely as any other, one in `mean`. */
export class SamplePace {
  #rate = 0;
  #mean = 0;
  #reserve: number = RESERVE_MILLIS;
  #last: number = clock();
  // Not the program's `Math.random`, which it may count on to give the same numbers each time.
  #seed: number = (now() & 0x7fffffff) | 1;

  /** One in so many bytes, unless they come so often that it is more seldom. */
  set rate(bytes: number) {
    this.#rate = bytes;
    this.#mean = bytes;
  }

  get mean(): number {
    return this.#mean;
  }

  /** A small integer, which V8 keeps without allocating. */
  gap(): number {
    let seed = this.#seed;
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    this.#seed = seed;
    return min(-log(((seed >>> 0) + 0.5) / 2 ** 32) * this.#mean, 2 ** 30) | 0;
  }

  now(): number {
    return clock();
  }

  /** A sample was taken, begun at this time. */
  spend(begun: number): void {
    const ended = clock();
    const earned = this.#reserve + (ended - this.#last) * SHARE;
    this.#reserve = min(earned, RESERVE_MILLIS) - min(ended - begun, MOST_MILLIS);
    this.#last = ended;
    if (this.#reserve < 0 && this.#mean < this.#rate * MOST_SELDOM) {
      this.#mean *= 2;
      this.#reserve = STEP_MILLIS;
    } else if (this.#reserve > 2 * STEP_MILLIS && this.#mean > this.#rate) {
      this.#mean /= 2;
      this.#reserve = STEP_MILLIS;
    }
  }
}
