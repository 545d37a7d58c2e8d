import type { Totals } from "./heap-totals.ts";

/** Objects that were alive at this time, and that V8 has no samples of any more. */
export interface Seen {
  readonly atMillis: number;
  readonly totals: ReadonlyMap<string, Totals>;
}

/** How many times are told apart; before that, the two oldest become one, with the older time. */
const MOST_TIMES = 16;

/**
 * What V8's sampler of the main thread knew before it was ended: V8 forgets its samples with it, and a leak that is older would
 * not be found again. How much of it lives on is not known, but no more than there is room for beside what is sampled now.
 */
export class SeenObjects {
  readonly #seen: Seen[] = [];

  get all(): readonly Seen[] {
    return this.#seen;
  }

  add({ atMillis, totals }: Seen): void {
    if (totals.size === 0) return;
    const seen = this.#seen;
    seen.push({ atMillis, totals: new Map(Array.from(totals, ([key, own]) => [key, { ...own }])) });
    const [oldest, next] = seen;
    if (seen.length <= MOST_TIMES || oldest === undefined || next === undefined) return;
    seen.splice(0, 2, { atMillis: oldest.atMillis, totals: united(oldest.totals, next.totals) });
  }

  /** No more than so many bytes of them are alive: what is more has gone, in equal parts of all, for nobody knows which. */
  fit(bytes: number): void {
    const all = this.#seen.flatMap(({ totals }) => [...totals.values()]);
    const sum = all.reduce((total, own) => total + own.bytes, 0);
    if (sum <= bytes) return;
    const share = Math.max(bytes, 0) / sum;
    for (const own of all) {
      own.bytes *= share;
      own.objects *= share;
    }
  }

  clear(): void {
    this.#seen.length = 0;
  }
}

function united(a: ReadonlyMap<string, Totals>, b: ReadonlyMap<string, Totals>): Map<string, Totals> {
  const both = new Map(a);
  for (const [key, own] of b) {
    const known = both.get(key);
    if (known === undefined) both.set(key, own);
    else {
      known.bytes += own.bytes;
      known.objects += own.objects;
    }
  }
  return both;
}
