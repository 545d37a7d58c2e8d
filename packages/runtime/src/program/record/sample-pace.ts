import process from "node:process";

/**
 * A server may move a gigabyte a second, which would be 2,000 samples: together they may take this part of the processor's time that
 * the process uses, and of all time, with so many milliseconds in reserve. Beyond, samples are taken ever more seldom, each
 * standing for more, up to so many times.
 */
const SHARE = 0.003;
const SHARE_OF_ALL = 0.001;
const RESERVE_MILLIS = 20;
const STEP_MILLIS = 2;
const MOST_SELDOM = 128;
/** The thread may lose its processor while it samples, which is not what that costs: no more than so much is charged. */
const MOST_MILLIS = 0.1;
/** What was used is asked for after so many samples or milliseconds, for it takes 1 to 30 µs. */
const ROUND = 8;
const ROUND_MILLIS = 10;

// The program may replace them as it runs.
const { log, min } = Math;
const { now } = Date;
const clock = performance.now.bind(performance);
const cpuUsage = process.cpuUsage.bind(process);

/** Of the processor's time, by all threads. */
function usedMillis(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

/** Says after how many bytes the next sample comes: each byte is as likely as any other, one in `mean`. */
export class SamplePace {
  #rate = 0;
  #seldom = 1;
  #reserve: number = RESERVE_MILLIS;
  #taken = 0;
  #spent = 0;
  #last = 0;
  #lastUsed = 0;
  // Not the program's `Math.random`, which it may count on to give the same numbers each time.
  #seed: number = (now() & 0x7fffffff) | 1;

  /** From now on one in so many bytes, unless they come so often that it is more seldom; what was used before earns nothing. */
  begin(rate: number): void {
    this.#rate = rate;
    this.#last = clock();
    this.#lastUsed = usedMillis();
  }

  get mean(): number {
    return this.#rate * this.#seldom;
  }

  /** A small integer, which V8 keeps without allocating. */
  gap(): number {
    let seed = this.#seed;
    seed ^= seed << 13;
    seed ^= seed >>> 17;
    seed ^= seed << 5;
    this.#seed = seed;
    return min(-log(((seed >>> 0) + 0.5) / 2 ** 32) * this.mean, 2 ** 30) | 0;
  }

  now(): number {
    return clock();
  }

  /** A sample was taken, begun at this time. */
  spend(begun: number): void {
    const ended = clock();
    this.#spent += min(ended - begun, MOST_MILLIS);
    if (++this.#taken % ROUND !== 0 && ended - this.#last < ROUND_MILLIS) return;
    const used = usedMillis();
    this.#spent += min(clock() - ended, MOST_MILLIS);
    const earned = (used - this.#lastUsed) * SHARE + (ended - this.#last) * SHARE_OF_ALL;
    this.#reserve = min(this.#reserve + earned, RESERVE_MILLIS) - this.#spent;
    this.#spent = 0;
    this.#last = ended;
    this.#lastUsed = used;
    if (this.#reserve < 0) {
      this.#reserve = this.#seldom < MOST_SELDOM ? STEP_MILLIS : 0;
      this.#seldom = min(this.#seldom * 2, MOST_SELDOM);
    }
    // After a while in which little was made, often again at once.
    while (this.#reserve > 2 * STEP_MILLIS && this.#seldom > 1) {
      this.#seldom /= 2;
      this.#reserve -= STEP_MILLIS;
    }
  }
}
