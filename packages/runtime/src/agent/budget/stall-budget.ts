import { RuntimeError } from "../../error.ts";

/** What holds a thread for a time that grows with its heap. */
export type StallKind = "goroutine" | "gc" | "heap" | "scripts";

/** Milliseconds for each MB of a heap, as long as this process has not been measured: a little more than on an idle machine. */
const MILLIS_PER_MEGABYTE: Readonly<Record<StallKind, number>> = { goroutine: 20, gc: 2.5, heap: 1, scripts: 1 };
/** In a smaller heap it is not the heap that takes the time. */
const LEAST_MEGABYTES = 10;
/**
 * How many measurements count, and for how long: what is refused is not measured, and a machine that was busy may be idle
 * again.
 */
const REMEMBERED = 5;
const REMEMBERED_MILLIS = 600_000;
const MINUTE_MILLIS = 60_000;

/** For how many milliseconds a request may hold a thread for what can be done without, unless it is set. */
export const STALL_BUDGET = 250;
/** For how many all of these together may in a minute. */
export const STALL_MINUTE = 6_000;

/** The time in which a request holds threads, which is known when it is over. */
export interface Spending {
  /** A thread was held for so many milliseconds. Those of several threads are the longest of them: each is held no longer. */
  held(millis: number): void;
  end(): void;
}

interface Spent {
  millis: number;
  /** Until when it counts. */
  until: number;
}

/**
 * For how long threads may be held for the sake of what can be done without: searching heaps for `goroutine`, `gc=1`, `allocs`,
 * and profiles that the recorder takes by itself. What that will cost is told from what it has cost in this process.
 */
export class StallBudget {
  /** Of a request. */
  millis: number = STALL_BUDGET;
  /** Of all requests in a minute. */
  minuteMillis: number = STALL_MINUTE;
  readonly #past = new Map<StallKind, { readonly at: number; readonly perMegabyte: number }[]>();
  readonly #spent = new Set<Spent>();

  /** For how many milliseconds this will hold a thread, probably. */
  estimate(kind: StallKind, heapBytes: number): number {
    const since = performance.now() - REMEMBERED_MILLIS;
    const past = (this.#past.get(kind) ?? []).filter(({ at }) => at > since).map(({ perMegabyte }) => perMegabyte);
    // A measurement is too long where something else ran meanwhile: so the median counts.
    const known = [...past, MILLIS_PER_MEGABYTE[kind]].slice(0, REMEMBERED).sort((a, b) => a - b);
    const [low, high] = [known[(known.length - 1) >> 1]!, known[known.length >> 1]!];
    return ((low + high) / 2) * megabytes(heapBytes);
  }

  /** It has held a thread for this long. */
  learn(kind: StallKind, heapBytes: number, millis: number): void {
    const past = this.#past.get(kind) ?? [];
    past.unshift({ at: performance.now(), perMegabyte: millis / megabytes(heapBytes) });
    past.length = Math.min(past.length, REMEMBERED);
    this.#past.set(kind, past);
  }

  /** Why this is more than a request may ask for, as the end of a sentence; undefined: it is not. */
  excess(kind: StallKind, heapBytes: number): string | undefined {
    const estimated = this.estimate(kind, heapBytes);
    if (estimated <= this.millis) return undefined;
    const heap = Math.round(heapBytes / 2 ** 20);
    return `would hold the thread for about ${seconds(estimated)}, for its heap has ${heap} MB, and ${seconds(this.millis)} are allowed (stallBudget); ask for it all the same with full=1`;
  }

  /** Begins to spend about so much; throws where this minute's budget is used up, unless it was granted before. */
  begin(estimatedMillis: number, granted = false): Spending {
    const retrySeconds = this.#retrySeconds();
    if (retrySeconds > 0 && !granted) {
      throw new RuntimeError(
        `profiles have held threads of this program for ${seconds(this.spentMillis)} of the last minute, and ${seconds(this.minuteMillis)} are allowed (stallBudgetPerMinute): ask again in ${retrySeconds} s`,
        { status: 429, retrySeconds },
      );
    }
    const spent: Spent = { millis: estimatedMillis, until: Number.POSITIVE_INFINITY };
    this.#spent.add(spent);
    let held = 0;
    return {
      held: (millis) => {
        held = Math.max(held, millis);
      },
      end: () => {
        spent.millis = held;
        // One that took more than a minute's budget counts until it is no more than its share of the time.
        spent.until = performance.now() + MINUTE_MILLIS * Math.max(held / this.minuteMillis, 1);
      },
    };
  }

  /** What there is, and what is left of it. */
  describe(): string {
    return `what can be done without may hold a thread for ${seconds(this.millis)} a request and ${seconds(this.minuteMillis)} a minute, of which ${seconds(this.spentMillis)} were used`;
  }

  /** What was spent in the last minute. */
  get spentMillis(): number {
    const now = performance.now();
    for (const one of this.#spent) if (one.until <= now) this.#spent.delete(one);
    return [...this.#spent].reduce((sum, { millis }) => sum + millis, 0);
  }

  /** After how long there is something to spend; 0: there is. */
  #retrySeconds(): number {
    let over = this.spentMillis - this.minuteMillis;
    if (over < 0) return 0;
    const now = performance.now();
    for (const { until, millis } of [...this.#spent].sort((a, b) => a.until - b.until)) {
      over -= millis;
      // One that goes on has no end yet.
      if (over < 0) return Number.isFinite(until) ? Math.ceil((until - now) / 1000) : 1;
    }
    return 1;
  }
}

/** A time as it stands in a sentence. */
export function seconds(millis: number): string {
  return millis < 1000 ? `${Math.round(millis)} ms` : `${Number((millis / 1000).toFixed(1))} s`;
}

function megabytes(heapBytes: number): number {
  return Math.max(heapBytes / 2 ** 20, LEAST_MEGABYTES);
}
