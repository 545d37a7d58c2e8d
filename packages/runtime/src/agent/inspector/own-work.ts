/** So many are remembered; a loop that is held is looked at each 10 ms. */
const REMEMBERED = 256;

interface Own {
  readonly asked: number;
  /** When it was answered that the thread was about to begin. */
  readonly begun: number;
  readonly ended: number;
}

/** The times in which the main thread did what the profiler had asked for, in nanoseconds of `process.hrtime`. */
export class OwnWork {
  readonly #times: Own[] = [];

  /** What is answered by this is such work, from when `begins` resolves; undefined: at once. */
  during<Result>(answer: Promise<Result>, begins?: Promise<unknown>): Promise<Result> {
    const asked = now();
    let begun = asked;
    begins?.then(
      () => {
        begun = now();
      },
      () => {},
    );
    return answer.finally(() => {
      this.#times.push({ asked, begun, ended: now() });
      if (this.#times.length > REMEMBERED) this.#times.shift();
    });
  }

  /**
   * For how much of this time. `turned`: when the thread's loop turned last before it. A thread that was free so many `gap`
   * nanoseconds before it was asked has begun at once, however late the profiler heard of it.
   */
  within(from: number, to: number, turned: number, gap: number): number {
    let nanos = 0;
    let free = turned;
    let counted = from;
    for (const { asked, begun, ended } of [...this.#times].sort((a, b) => a.asked - b.asked)) {
      if (ended <= turned) continue;
      const begins = Math.max(asked - free <= gap ? asked : begun, counted);
      const ends = Math.min(ended, to);
      free = ended;
      if (ends <= begins) continue;
      nanos += ends - begins;
      counted = ends;
    }
    return nanos;
  }
}

function now(): number {
  return Number(process.hrtime.bigint());
}
