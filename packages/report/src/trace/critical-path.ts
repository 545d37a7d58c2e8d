import {
  firstSpanFrom,
  goroutineName,
  LEAST_SPAN_NANOS,
  NO_ROW,
  SPAN_STATE,
  SPAN_STATE_NAMES,
  type SpanState,
  spanEnd,
  type TraceIndex,
} from "./index/trace-index.ts";
import { waitText } from "./index/wait-text.ts";

/** A piece of the critical path: if it took less time, all of it would. */
export interface PathStep {
  readonly id: number;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly state: SpanState;
  readonly why: string;
  /** 0: the goroutine that is looked at did this itself; 1: one that it waited for did; 2: one that that one waited for; … */
  readonly depth: number;
}

const MOST_STEPS = 2000;
/** Pieces that are a smaller part of the whole are left out. */
const LEAST_SHARE = 0.002;
const DEEPEST = 6;
/** A part that ends at most so long before a wait does, in nanoseconds, is taken for what ended the wait. */
const NEAR = 1e6;

/**
 * What a goroutine spent its time on between two times. Where it waited, that is what the one did that it waited for: the task that
 * is a part of it and ended with the wait, or else the goroutine that woke it. Of 30 ms of waiting for a query, of which the query's
 * own task ran 10 and waited 20 for the network, the path has these two.
 */
export function criticalPath(index: TraceIndex, goroutine: number, from: number, to: number): PathStep[] {
  const steps: PathStep[] = [];
  const least = Math.max(LEAST_SPAN_NANOS, (to - from) * LEAST_SHARE);
  follow({ index, parts: partRows(index), least, steps }, goroutine, from, to, 0);
  return steps;
}

/** By goroutine, the tasks whose parent is a task of it. */
function partRows({ tasks }: TraceIndex): Map<number, number[]> {
  const parts = new Map<number, number[]>();
  for (let row = 0; row < tasks.length; row++) {
    const whole = tasks.parent[row]!;
    if (whole === NO_ROW) continue;
    const goroutine = tasks.goroutine[whole]!;
    const known = parts.get(goroutine);
    if (known === undefined) parts.set(goroutine, [row]);
    else known.push(row);
  }
  return parts;
}

/** What stays the same while the path is followed from one goroutine to the next. */
interface Following {
  readonly index: TraceIndex;
  readonly parts: ReadonlyMap<number, readonly number[]>;
  readonly least: number;
  readonly steps: PathStep[];
}

/** Adds the steps of one goroutine between two times and, in their place, those of whom it waited for. */
function follow(following: Following, goroutine: number, from: number, to: number, depth: number): void {
  const { index, parts, least, steps } = following;
  const { goroutines, spans, trace } = index;
  const end = goroutines.spanEnd[goroutine]!;
  for (let span = firstSpanFrom(index, goroutine, from); span < end; span++) {
    if (steps.length >= MOST_STEPS) return;
    const begins = Math.max(spans.from[span]!, from);
    if (begins >= to) return;
    const ends = Math.min(spanEnd(index, goroutine, span), to);
    if (ends - begins < least) continue;
    const state = spans.state[span]!;
    const own = (from: number, to: number): void => {
      if (to - from < least) return;
      const why = state === SPAN_STATE.waiting ? waitText(trace, spans.reason[span]!, spans.stack[span]!) : "";
      const id = goroutines.id[goroutine]!;
      steps.push({ id, name: goroutineName(index, goroutine), from, to, state: SPAN_STATE_NAMES[state]!, why, depth });
    };
    const other =
      state === SPAN_STATE.waiting && depth < DEEPEST
        ? waitedFor(index, parts, goroutine, span, begins, ends)
        : undefined;
    if (other === undefined) {
      own(begins, ends);
      continue;
    }
    own(begins, other.from);
    follow(following, other.goroutine, other.from, other.to, depth + 1);
    own(other.to, ends);
  }
}

/** Whom a goroutine waited for, and in which part of the wait: a part of it that ended with the wait, or the goroutine that woke it. */
function waitedFor(
  { tasks, spans, goroutines }: TraceIndex,
  parts: ReadonlyMap<number, readonly number[]>,
  goroutine: number,
  span: number,
  from: number,
  to: number,
): { readonly goroutine: number; readonly from: number; readonly to: number } | undefined {
  const near = Math.max(NEAR, (to - from) * 0.05);
  let best = NO_ROW;
  for (const row of parts.get(goroutine) ?? []) {
    const ended = tasks.to[row]!;
    if (ended < to - near || tasks.from[row]! >= to) continue;
    // Of the parts that end with the wait, or go on beyond it, the one that ends first.
    if (best === NO_ROW || ended < tasks.to[best]!) best = row;
  }
  if (best !== NO_ROW && tasks.goroutine[best] !== goroutine) {
    return {
      goroutine: tasks.goroutine[best]!,
      from: Math.max(tasks.from[best]!, from),
      to: Math.min(tasks.to[best]!, to),
    };
  }
  const waker = span + 1 < goroutines.spanEnd[goroutine]! ? spans.waker[span + 1]! : NO_ROW;
  return waker === NO_ROW || waker === goroutine ? undefined : { goroutine: waker, from, to };
}
