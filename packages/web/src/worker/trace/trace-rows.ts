import { firstTimeAfter, NO_ROW, SPAN_STATE, type TraceIndex } from "@pprof-ts/report";
import { expression } from "../../session/address/expression.ts";
import type { RowsAsked, TraceRows } from "../../session/trace-protocol.ts";

/** So many rows are sent at most. */
const MOST = 4000;
/** What a loop's own goroutine is called. */
const LOOP = "event loop";

/** A row: a goroutine, or a task that has none of its own. */
interface Found {
  readonly row: number;
  readonly isTask: boolean;
  readonly from: number;
}

/**
 * The rows that the picture shows between two times, by their beginnings: goroutines with a task or of one of our recorder's kinds, other
 * goroutines that do something meanwhile, and tasks that share a goroutine with other tasks. A goroutine that has a lane to itself has
 * no row besides.
 */
export function traceRows(index: TraceIndex, { from, to, search }: RowsAsked): TraceRows {
  const { goroutines, tasks, trace } = index;
  const isMatch = matcher(trace.strings, search);
  const ofLanes = new Set(index.lanes.map(({ only }) => only));
  const found: Found[] = [];
  for (let row = 0; row < goroutines.length; row++) {
    if (goroutines.from[row]! > to || goroutines.to[row]! < from || ofLanes.has(row)) continue;
    const name = goroutines.name[row]!;
    if (trace.strings[name] === LOOP || !isMatch(name)) continue;
    const isNamed = goroutines.task[row] !== NO_ROW || goroutines.kind[row] !== 0 || search !== "";
    if (isNamed || isActive(index, row, from, to)) found.push({ row, isTask: false, from: goroutines.from[row]! });
  }
  for (let row = 0; row < tasks.length; row++) {
    if (tasks.from[row]! > to || tasks.to[row]! < from || !isMatch(tasks.name[row]!)) continue;
    const goroutine = tasks.goroutine[row]!;
    if (goroutines.task[goroutine] === row && !ofLanes.has(goroutine)) continue;
    found.push({ row, isTask: true, from: tasks.from[row]! });
  }
  found.sort((a, b) => a.from - b.from || a.row - b.row);
  const { rows, depth } = inOrder(index, found);
  const labels = new Map<string, number>();
  const labelOf = ({ row, isTask }: Found): number => {
    const name = trace.strings[isTask ? tasks.name[row]! : goroutines.name[row]!];
    const text = name || `${isTask ? "task" : "goroutine"} ${(isTask ? tasks : goroutines).id[row]}`;
    const known = labels.get(text) ?? labels.size;
    labels.set(text, known);
    return known;
  };
  const column = (of: (found: Found) => number): Float64Array => Float64Array.from(rows, of);
  return {
    row: Uint32Array.from(rows, ({ row }) => row),
    isTask: Uint8Array.from(rows, ({ isTask }) => (isTask ? 1 : 0)),
    depth: Uint8Array.from(depth),
    id: column(({ row, isTask }) => (isTask ? 0 : goroutines.id[row]!)),
    label: Uint32Array.from(rows, labelOf),
    labels: [...labels.keys()],
    from: column(({ from }) => from),
    to: column(({ row, isTask }) => (isTask ? tasks : goroutines).to[row]!),
    more: found.length - rows.length,
  };
}

/** Whether a goroutine does anything but wait between two times. */
function isActive({ goroutines, spans }: TraceIndex, row: number, from: number, to: number): boolean {
  const start = goroutines.spanStart[row]!;
  const end = goroutines.spanEnd[row]!;
  const next = firstTimeAfter(spans.from, from, start, end);
  if (next < end && spans.from[next]! < to) return true;
  return (next > start && spans.state[next - 1] !== SPAN_STATE.waiting) || goroutines.to[row]! <= to;
}

/** The rows as a tree written line by line: below each, what is done for its sake, with a depth of one more. */
function inOrder(
  { tasks, goroutines }: TraceIndex,
  found: readonly Found[],
): { readonly rows: readonly Found[]; readonly depth: readonly number[] } {
  const there = new Set(found.flatMap(({ row, isTask }) => (isTask ? [] : [row])));
  const parts = new Map<number, Found[]>();
  const roots: Found[] = [];
  for (const one of found) {
    const task = one.isTask ? one.row : goroutines.task[one.row]!;
    const parent = task === NO_ROW ? NO_ROW : tasks.parent[task]!;
    // Of our recorder's kinds the maker is who it is done for; in Go any goroutine has a maker, which says less.
    const maker = task === NO_ROW && goroutines.kind[one.row] !== 0 ? goroutines.maker[one.row]! : NO_ROW;
    const whole = parent === NO_ROW ? maker : tasks.goroutine[parent]!;
    const known = parts.get(whole);
    if (whole === NO_ROW || !there.has(whole) || (!one.isTask && whole === one.row)) roots.push(one);
    else if (known !== undefined) known.push(one);
    else parts.set(whole, [one]);
  }
  const rows: Found[] = [];
  const depth: number[] = [];
  const next = roots.reverse().map((one) => ({ one, depth: 0 }));
  while (next.length > 0 && rows.length < MOST) {
    const at = next.pop()!;
    rows.push(at.one);
    depth.push(Math.min(at.depth, 255));
    if (at.one.isTask) continue;
    for (const part of parts.get(at.one.row)?.reverse() ?? []) next.push({ one: part, depth: at.depth + 1 });
  }
  return { rows, depth };
}

/** Whether the name in a row of the strings matches what is searched. */
function matcher(strings: readonly string[], search: string): (name: number) => boolean {
  const pattern = expression(search);
  if (pattern === undefined) return () => true;
  const known = new Map<number, boolean>();
  return (name) => {
    let matches = known.get(name);
    if (matches === undefined) {
      matches = pattern.test(strings[name]!);
      known.set(name, matches);
    }
    return matches;
  };
}
