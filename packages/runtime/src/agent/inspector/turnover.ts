/** So many workers that end within this time, each soon after it began, are none that wait for work. */
const WORKERS = 8;
const LIFE_MILLIS = 10_000;
const WITHIN_MILLIS = 10_000;
/** For how long workers are left alone then; each time twice as long, while they go on so. */
const ALONE_MILLIS = { least: 30_000, most: 3_600_000 };

/**
 * Whether the workers of a program come and go. Each command to a worker is one that its end may meet, which Node answers by ending
 * the process (`worker-commands.ts`): of one worker in some thousands, and so of a program that has a worker for each task sooner or
 * later. The workers of such a program are left alone.
 */
export class Turnover {
  /** When workers ended that had begun not long before. */
  #ends: number[] = [];
  #aloneMillis = ALONE_MILLIS.least;
  #untilMillis = 0;
  /** Whether workers that come and go are asked all the same: somebody runs the program for that. */
  isIgnored = false;

  /** Until when workers are left alone, since 1970; in the past: they are not. */
  get untilMillis(): number {
    return this.#untilMillis;
  }

  /** Notes the end of a worker that was first seen at this time; whether workers are to be left alone from now on. */
  ended(sinceMillis: number, nowMillis: number = Date.now()): boolean {
    if (this.isIgnored || nowMillis - sinceMillis > LIFE_MILLIS || nowMillis < this.#untilMillis) return false;
    this.#ends = [...this.#ends.filter((millis) => millis > nowMillis - WITHIN_MILLIS), nowMillis];
    if (this.#ends.length < WORKERS) return false;
    this.#ends = [];
    this.#untilMillis = nowMillis + this.#aloneMillis;
    this.#aloneMillis = Math.min(2 * this.#aloneMillis, ALONE_MILLIS.most);
    return true;
  }

  /** Workers were watched for so long, and were not found to come and go. */
  stayed(millis: number): void {
    if (millis > WITHIN_MILLIS) this.#aloneMillis = ALONE_MILLIS.least;
  }

  /** What a profile of the time since then has to say; nothing where no worker was left alone. */
  comments(sinceMillis: number): string[] {
    if (this.#untilMillis < sinceMillis) return [];
    const until = new Date(this.#untilMillis).toISOString();
    return [
      `workers are left out until ${until}: those of this program come and go, and Node may end the process where one is asked that ends just then`,
    ];
  }

  /** For the index. */
  describe(): string {
    return this.comments(Date.now())[0] ?? "workers are sent a few commands as a capture begins and ends, else nothing";
  }
}
