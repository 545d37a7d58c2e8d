import {
  firstSpanFrom,
  goroutineName,
  LEAST_SPAN_NANOS,
  SPAN_STATE,
  spanEnd,
  type TraceIndex,
} from "./index/trace-index.ts";
import { realWaits, textOfParts, waitKey, waitKeyParts } from "./index/wait-text.ts";
import type { TracePart } from "./task-groups.ts";

/** How often and how long goroutines of one name waited for one thing; times in nanoseconds. */
export interface WaitSum {
  readonly name: string;
  readonly what: string;
  readonly count: number;
  readonly nanos: number;
  readonly most: number;
  /** Whose was the longest, and when that began. */
  readonly id: number;
  readonly at: number;
}

/** What was waited for in a part of a trace, and by whom, the longest first. To be ready and not run counts as a wait, too. */
export function waitSums(index: TraceIndex, { from, to }: TracePart): WaitSum[] {
  const { goroutines, spans, trace } = index;
  const isWait = realWaits(trace);
  const sums = new Map<string, Map<number, { count: number; nanos: number; most: number; row: number; at: number }>>();
  for (let row = 0; row < goroutines.length; row++) {
    const end = goroutines.spanEnd[row]!;
    let ofName: Map<number, { count: number; nanos: number; most: number; row: number; at: number }> | undefined;
    for (let span = firstSpanFrom(index, row, from); span < end; span++) {
      const begins = spans.from[span]!;
      if (begins >= to) break;
      const state = spans.state[span]!;
      if (state === SPAN_STATE.waiting ? !isWait[spans.reason[span]!] : state !== SPAN_STATE.ready) continue;
      const nanos = Math.min(spanEnd(index, row, span), to) - Math.max(begins, from);
      if (nanos < LEAST_SPAN_NANOS) continue;
      if (ofName === undefined) {
        const name = goroutineName(index, row);
        ofName = sums.get(name) ?? new Map();
        sums.set(name, ofName);
      }
      const key = state === SPAN_STATE.ready ? -1 : waitKey(spans.reason[span]!, spans.stack[span]!);
      const sum = ofName.get(key);
      if (sum === undefined) ofName.set(key, { count: 1, nanos, most: nanos, row, at: begins });
      else {
        sum.count++;
        sum.nanos += nanos;
        if (nanos > sum.most) Object.assign(sum, { most: nanos, row, at: begins });
      }
    }
  }
  const found = [...sums].flatMap(([name, ofName]) => {
    const byWhat = new Map<string, PlacedSum[]>();
    for (const [key, { row, ...sum }] of ofName) {
      const parts = key < 0 ? { what: "waits to run", place: "" } : waitKeyParts(trace, key);
      const rows = byWhat.get(parts.what) ?? [];
      byWhat.set(parts.what, rows);
      rows.push({ name, ...parts, ...sum, id: goroutines.id[row]! });
    }
    return [...byWhat.values()].flatMap(byPlace);
  });
  return found.sort((a, b) => b.nanos - a.nanos);
}

/** Waits for one thing, at one place where that is known, and else "". */
interface PlacedSum extends WaitSum {
  readonly place: string;
}

/** The least share of waits whose line must be known before it is taken for the line of the others. */
const KNOWN_SHARE = 0.1;

/**
 * One row a place of what waited for one thing. The recorder takes the lines of as many waits as its time allows: of 1,000 of
 * `GET /cart` for `(file)` perhaps 300 have the line `load cart.js:12`. Where these all have the same line, the other 700 are taken to have
 * it, too. Where they have several lines, or hardly any has one, nobody knows.
 */
function byPlace(rows: readonly PlacedSum[]): WaitSum[] {
  const places = new Map<string, PlacedSum>();
  for (const row of rows) places.set(row.place, together(row, places.get(row.place)));
  const unplaced = places.get("");
  const [place, ...others] = [...places.values()].filter((row) => row.place !== "");
  if (unplaced !== undefined && place !== undefined && others.length === 0) {
    const all = { ...together(unplaced, place), place: place.place };
    if (place.count >= KNOWN_SHARE * all.count) return [told(all)];
  }
  return [...places.values()].map(told);
}

function together(sum: PlacedSum, before: PlacedSum | undefined): PlacedSum {
  if (before === undefined) return sum;
  const longest = sum.most > before.most ? sum : before;
  return { ...longest, count: sum.count + before.count, nanos: sum.nanos + before.nanos };
}

function told({ what, place, ...sum }: PlacedSum): WaitSum {
  return { ...sum, what: textOfParts({ what, place }) };
}
