import {
  firstTimeAfter,
  goroutineName,
  LEAST_SPAN_NANOS,
  NO_ROW,
  SPAN_STATE,
  spanEnd,
  type TraceIndex,
  type TraceLane,
} from "./index/trace-index.ts";
import { stackTexts } from "./index/wait-text.ts";
import type { TracePart } from "./task-groups.ts";

/** A time for which one goroutine ran on a lane without a pause, as a turn of an event loop does; in nanoseconds. */
export interface TraceTurn {
  /** A row of the lanes. */
  readonly lane: number;
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly id: number;
  /** The stack that was sampled there most often, leaf first. */
  readonly stack: readonly string[];
  /** How many others were ready to run there meanwhile, and for how long, added up. */
  readonly delayed: number;
  readonly delayNanos: number;
  /** The same by their names, the most delayed first. */
  readonly whom: readonly { readonly name: string; readonly count: number; readonly nanos: number }[];
}

/** Whom a turn delayed. */
export interface TurnVictims {
  readonly turn: TraceTurn | undefined;
  /** Those that are known to have been ready, the most delayed first. */
  readonly ready: readonly TurnVictim[];
  /** Those that ran right after it, before the lane had a pause. What they waited for may have come during the turn: they were delayed by `nanos` at most. */
  readonly perhaps: readonly TurnVictim[];
}

export interface TurnVictim {
  readonly id: number;
  readonly name: string;
  /** From when to when it was delayed, as far as is known. */
  readonly from: number;
  readonly to: number;
  readonly nanos: number;
}

/** So many of the longest are kept. */
const MOST_TURNS = 200;
const MOST_VICTIMS = 100;

/** The longest turns of a part of the trace, the longest first. */
export function longestTurns(index: TraceIndex, { from, to }: TracePart): TraceTurn[] {
  const found: { lane: number; entry: number; nanos: number }[] = [];
  let least = LEAST_SPAN_NANOS;
  for (const [lane, { length, from: begins, to: ends, state }] of index.lanes.entries()) {
    for (let entry = firstTimeAfter(ends, from, 0, length); entry < length && begins[entry]! < to; entry++) {
      const nanos = ends[entry]! - begins[entry]!;
      if (state[entry] !== SPAN_STATE.running || nanos < least) continue;
      found.push({ lane, entry, nanos });
      if (found.length < MOST_TURNS * 8) continue;
      found.sort((a, b) => b.nanos - a.nanos).length = MOST_TURNS;
      least = found.at(-1)!.nanos;
    }
  }
  found.sort((a, b) => b.nanos - a.nanos);
  const turns = found.slice(0, MOST_TURNS).map(({ lane, entry }) => turnOf(index, lane, entry));
  return withDelays(index, turns);
}

function turnOf(index: TraceIndex, lane: number, entry: number): TraceTurn {
  const { from, to, goroutine, samples } = index.lanes[lane]!;
  const row = goroutine[entry]!;
  return {
    lane,
    from: from[entry]!,
    to: to[entry]!,
    name: goroutineName(index, row),
    id: index.goroutines.id[row]!,
    stack: hottest(index, samples, from[entry]!, to[entry]!),
    delayed: 0,
    delayNanos: 0,
    whom: [],
  };
}

/** The stack that was sampled most often between two times. */
function hottest(index: TraceIndex, samples: TraceLane["samples"], from: number, to: number): string[] {
  const counts = new Map<number, number>();
  for (let at = firstTimeAfter(samples.time, from, 0, samples.length); at < samples.length; at++) {
    if (samples.time[at]! > to) break;
    counts.set(samples.stack[at]!, (counts.get(samples.stack[at]!) ?? 0) + 1);
  }
  const [best] = [...counts].sort(([, a], [, b]) => b - a);
  return best === undefined ? [] : stackTexts(index.trace, best[0]);
}

/** The turns with whom each delayed: what was ready while it went on, and then ran on the same lane. */
function withDelays(index: TraceIndex, turns: readonly TraceTurn[]): TraceTurn[] {
  const delays = turns.map(() => new Map<string, { name: string; count: number; nanos: number }>());
  const rowsOf = index.lanes.map((): number[] => []);
  turns.forEach(({ lane }, row) => {
    rowsOf[lane]!.push(row);
  });
  const byLane = rowsOf.map((rows) => {
    rows.sort((a, b) => turns[a]!.from - turns[b]!.from);
    return { rows, ends: Float64Array.from(rows, (row) => turns[row]!.to) };
  });
  eachReady(index, (goroutine, lane, from, to) => {
    const { rows, ends } = byLane[lane] ?? byLane[0]!;
    for (let at = firstTimeAfter(ends, from, 0, ends.length); at < rows.length; at++) {
      const turn = turns[rows[at]!]!;
      if (turn.from >= to) break;
      const nanos = Math.min(to, turn.to) - Math.max(from, turn.from);
      if (nanos >= LEAST_SPAN_NANOS) addDelay(delays[rows[at]!]!, goroutineName(index, goroutine), nanos);
    }
  });
  return turns.map((turn, row) => ({ ...turn, ...delaySums(delays[row]!.values()) }));
}

function addDelay(
  delays: Map<string, { name: string; count: number; nanos: number }>,
  name: string,
  nanos: number,
): void {
  const delay = delays.get(name);
  if (delay === undefined) delays.set(name, { name, count: 1, nanos });
  else {
    delay.count++;
    delay.nanos += nanos;
  }
}

function delaySums(delays: Iterable<TraceTurn["whom"][number]>): Pick<TraceTurn, "delayed" | "delayNanos" | "whom"> {
  const whom = [...delays].sort((a, b) => b.nanos - a.nanos);
  return {
    delayed: whom.reduce((sum, { count }) => sum + count, 0),
    delayNanos: whom.reduce((sum, { nanos }) => sum + nanos, 0),
    whom,
  };
}

/** Visits each time for which a goroutine was ready, with the lane on which it ran next; `NO_ROW`: it never did. */
function eachReady(
  index: TraceIndex,
  visit: (goroutine: number, lane: number, from: number, to: number) => void,
): void {
  const { goroutines, spans } = index;
  for (let row = 0; row < goroutines.length; row++) {
    const end = goroutines.spanEnd[row]!;
    for (let span = goroutines.spanStart[row]!; span < end; span++) {
      if (spans.state[span] !== SPAN_STATE.ready) continue;
      const to = spanEnd(index, row, span);
      if (to - spans.from[span]! < LEAST_SPAN_NANOS) continue;
      visit(row, span + 1 < end ? spans.lane[span + 1]! : NO_ROW, spans.from[span]!, to);
    }
  }
}

/** Whom the turn delayed that a lane was in at a time; without a turn where the lane was idle. */
export function victimsOf(index: TraceIndex, laneRow: number, time: number): TurnVictims {
  const lane = index.lanes[laneRow];
  const entry = lane === undefined ? NO_ROW : firstTimeAfter(lane.from, time, 0, lane.length) - 1;
  if (lane === undefined || entry < 0 || lane.to[entry]! < time) return { turn: undefined, ready: [], perhaps: [] };
  const turn = turnOf(index, laneRow, entry);
  const ready: TurnVictim[] = [];
  eachReady(index, (goroutine, ranOn, from, to) => {
    const delayed = { from: Math.max(from, turn.from), to: Math.min(to, turn.to) };
    const nanos = delayed.to - delayed.from;
    if (nanos < LEAST_SPAN_NANOS || (ranOn !== laneRow && ranOn !== NO_ROW)) return;
    ready.push({ id: index.goroutines.id[goroutine]!, name: goroutineName(index, goroutine), ...delayed, nanos });
  });
  const known = new Set(ready.map(({ id }) => id)).add(turn.id);
  const perhaps = afterwards(index, lane, entry, turn).filter(({ id }) => !known.has(id));
  const sorted = (victims: TurnVictim[]): TurnVictim[] =>
    victims.sort((a, b) => b.nanos - a.nanos).slice(0, MOST_VICTIMS);
  const delays: Parameters<typeof addDelay>[0] = new Map();
  for (const { name, nanos } of ready) addDelay(delays, name, nanos);
  return {
    turn: { ...turn, ...delaySums(delays.values()) },
    ready: sorted(ready),
    perhaps: sorted(perhaps),
  };
}

/** Who ran after a turn until the lane had a pause, of those that were waiting, or not there yet, during the turn. */
function afterwards(index: TraceIndex, lane: TraceLane, entry: number, turn: TraceTurn): TurnVictim[] {
  const found = new Map<number, TurnVictim>();
  const { goroutines, spans } = index;
  const own = lane.goroutine[entry]!;
  for (let next = entry + 1; next < lane.length; next++) {
    if (lane.from[next]! - lane.to[next - 1]! >= LEAST_SPAN_NANOS) break;
    const row = lane.goroutine[next]!;
    const name = goroutineName(index, row);
    if (row === own || found.has(row) || name === lane.name) continue;
    const start = goroutines.spanStart[row]!;
    const at = firstTimeAfter(spans.from, lane.from[next]!, start, goroutines.spanEnd[row]!) - 1;
    const waits = at > start && spans.state[at - 1] === SPAN_STATE.waiting;
    const since = waits ? spans.from[at - 1]! : goroutines.from[row]!;
    const isNew = since >= turn.to - LEAST_SPAN_NANOS;
    if (isNew && goroutines.maker[row] !== NO_ROW) continue;
    const from = isNew ? turn.from : Math.max(turn.from, since);
    const nanos = turn.to - from;
    if (nanos < LEAST_SPAN_NANOS) continue;
    found.set(row, { id: goroutines.id[row]!, name, from, to: turn.to, nanos });
  }
  return [...found.values()];
}
