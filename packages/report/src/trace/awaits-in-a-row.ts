import { firstSpanFrom, SPAN_STATE, spanEnd, type TraceIndex } from "./index/trace-index.ts";
import { isOfProgram, realWaits, stackFrames } from "./index/wait-text.ts";
import type { TracePart } from "./task-groups.ts";

/**
 * A function that awaits one thing after the other, in tasks of one name: `GET /cart` has `load` await line 12 and then line 13 of
 * cart.js. Times are in nanoseconds, of all times that this happened.
 */
export interface AwaitsInARow {
  readonly task: string;
  readonly function: string;
  /** How often it happened. */
  readonly count: number;
  /** How long all the waits took, and how long without the longest of each time: what there is to gain if they went side by side. */
  readonly nanos: number;
  readonly others: number;
  /** The lines that awaited, in order, as `cart.js:12`. */
  readonly lines: readonly string[];
}

/** Shorter waits do not count: nobody would put them side by side to save so little. */
const LEAST_NANOS = 100_000;

/** One wait. */
interface Step {
  readonly nanos: number;
  /** The program's own frames of its stack, outermost first, as rows of `Trace.frames`. */
  readonly frames: readonly number[];
}

/**
 * Finds them by the stacks of a task's waits: where two waits in a row have the same callers down to a function, and that function is
 * at another line in the second, it has awaited one thing after the other. Whether the second needs what the first gave cannot be seen.
 * Only waits that begin and end within the part of the trace count.
 */
export function awaitsInARow(index: TraceIndex, part: TracePart): AwaitsInARow[] {
  const { tasks, trace } = index;
  const { frames, strings } = trace;
  const groups = new Map<string, { -readonly [K in keyof AwaitsInARow]: AwaitsInARow[K] }>();
  const stepsIn = stepsReader(index);
  for (let task = 0; task < tasks.length; task++) {
    const from = Math.max(tasks.from[task]!, part.from);
    const to = Math.min(tasks.to[task]!, part.to);
    const name = strings[tasks.name[task]!]!;
    for (const { at, row } of rowsOf(index, stepsIn(tasks.goroutine[task]!, from, to))) {
      const lines = row.map((step) => `${strings[frames.file[step.frames[at]!]!]}:${frames.line[step.frames[at]!]}`);
      const fn = strings[frames.function[row[0]!.frames[at]!]!]!;
      const key = [name, fn, ...lines].join("\0");
      const group = groups.get(key) ?? { task: name, function: fn, lines, count: 0, nanos: 0, others: 0 };
      const nanos = row.reduce((sum, step) => sum + step.nanos, 0);
      group.count++;
      group.nanos += nanos;
      group.others += nanos - row.reduce((most, step) => Math.max(most, step.nanos), 0);
      groups.set(key, group);
    }
  }
  return [...groups.values()].sort((a, b) => b.others - a.others);
}

/** A function that lists the waits of a goroutine that begin and end between two times; the frames of each stack are looked up once. */
function stepsReader(index: TraceIndex): (goroutine: number, from: number, to: number) => Step[] {
  const { goroutines, spans, trace } = index;
  const isWait = realWaits(trace);
  const stacks = new Map<number, readonly number[]>();
  const framesAt = (stack: number): readonly number[] => {
    const known = stacks.get(stack);
    if (known !== undefined) return known;
    const frames = Array.from(stackFrames(trace, stack))
      .filter((frame) => isOfProgram(trace, frame))
      .reverse();
    stacks.set(stack, frames);
    return frames;
  };
  return (goroutine, from, to) => {
    const steps: Step[] = [];
    const end = goroutines.spanEnd[goroutine]!;
    for (let span = firstSpanFrom(index, goroutine, from); span < end; span++) {
      const begins = spans.from[span]!;
      const ends = spanEnd(index, goroutine, span);
      if (ends > to) break;
      if (begins < from || spans.state[span] !== SPAN_STATE.waiting || !isWait[spans.reason[span]!]) continue;
      if (ends - begins >= LEAST_NANOS) steps.push({ nanos: ends - begins, frames: framesAt(spans.stack[span]!) });
    }
    return steps;
  };
}

/**
 * The waits of a task cut into rows, each of waits that one function awaited in turn. `at` is how deep that function is in their
 * stacks. A wait may be the last of one row and the first of the next.
 */
function rowsOf(index: TraceIndex, steps: readonly Step[]): { readonly at: number; readonly row: readonly Step[] }[] {
  const found: { at: number; row: Step[] }[] = [];
  for (let i = 1; i < steps.length; i++) {
    const before = beginningAs(index, steps[i - 1]!, steps[i]!);
    const at = partsAt(index, before.frames, steps[i]!.frames);
    if (at === undefined) continue;
    const last = found.at(-1);
    if (last?.at === at && last.row.at(-1) === before) last.row.push(steps[i]!);
    else found.push({ at, row: [before, steps[i]!] });
  }
  return found;
}

/**
 * A wait without the callers that the next one does not have: of a function that goes on after an await, not every engine knows who
 * called it, so that `handle;page:6;load` is followed by `page:7;load`.
 */
function beginningAs({ trace: { frames } }: TraceIndex, step: Step, next: Step): Step {
  const [first] = next.frames;
  if (first === undefined) return step;
  const at = step.frames.findIndex(
    (frame) => frames.function[frame] === frames.function[first] && frames.file[frame] === frames.file[first],
  );
  return at <= 0 ? step : { ...step, frames: step.frames.slice(at) };
}

/** The first depth at which two stacks are in the same function, and at different lines; undefined where they first differ by the function. */
function partsAt(
  { trace: { frames } }: TraceIndex,
  one: readonly number[],
  other: readonly number[],
): number | undefined {
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    const [a, b] = [one[i]!, other[i]!];
    if (frames.function[a] !== frames.function[b] || frames.file[a] !== frames.file[b]) return undefined;
    if (frames.line[a] !== frames.line[b]) return i;
  }
  return undefined;
}
