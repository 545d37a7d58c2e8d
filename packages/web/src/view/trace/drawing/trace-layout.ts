import type { TraceOpened, TraceRows, ViewRow } from "../../../session/trace-protocol.ts";

/** How high a frame of a stack is below its lane, in CSS pixels. */
export const STACK_ROW = 15;
/** How high rows are, by what they are of. */
const HEIGHT: Readonly<Record<ViewRow["kind"], number>> = {
  lane: 22,
  stack: STACK_ROW,
  stops: 14,
  counter: 34,
  goroutine: 18,
  task: 18,
};
/** Room between the lanes and counters above and the rows of requests below. */
const GAP = 8;
/** How high the axis of times on top is. */
export const AXIS = 22;

/** A row of the picture. */
export interface LayoutRow extends ViewRow {
  readonly y: number;
  readonly height: number;
  readonly title: string;
  /** The number of a goroutine; otherwise 0. */
  readonly id: number;
  /** How many steps its title is moved in. */
  readonly depth: number;
}

/** A place on the picture: a row of it, and a time. */
export interface TracePlace {
  readonly row: LayoutRow | undefined;
  readonly time: number;
  /** Of a row of stacks, which frame from the outermost on. */
  readonly depth: number;
}

/** All rows, from the top down; `height` is of all together. */
export interface TraceLayout {
  readonly rows: readonly LayoutRow[];
  readonly height: number;
}

/** Puts what was opened and the goroutines in view into rows; `showsStacks`: with what was sampled below each lane. */
export function layoutOf(opened: TraceOpened, shown: TraceRows | undefined, showsStacks: boolean): TraceLayout {
  const rows: LayoutRow[] = [];
  let y = AXIS;
  const add = (kind: ViewRow["kind"], of: number, title: string, height = HEIGHT[kind], id = 0, depth = 0): void => {
    rows.push({ kind, of, y, height, title, id, depth });
    y += height;
  };
  for (const { row, name, depth } of opened.lanes) {
    add("lane", row, name);
    if (showsStacks && depth > 0) add("stack", row, "", HEIGHT.stack * depth);
  }
  if (opened.hasStops) add("stops", 0, "garbage collection");
  for (const [of, { name }] of opened.counters.entries()) add("counter", of, name);
  y += GAP;
  if (shown !== undefined) {
    for (let i = 0; i < shown.row.length; i++) {
      const kind = shown.isTask[i] === 1 ? "task" : "goroutine";
      add(kind, shown.row[i]!, shown.labels[shown.label[i]!]!, HEIGHT[kind], shown.id[i]!, shown.depth[i]!);
    }
  }
  return { rows, height: y + GAP };
}

/** The rows that are at least in part between two heights. */
export function rowsBetween({ rows }: TraceLayout, top: number, bottom: number): readonly LayoutRow[] {
  const first = firstBelow(rows, top);
  let last = first;
  while (last < rows.length && rows[last]!.y < bottom) last++;
  return rows.slice(first, last);
}

/** The row at a height; undefined: there is none. */
export function rowAt({ rows }: TraceLayout, y: number): LayoutRow | undefined {
  const row = rows[firstBelow(rows, y)];
  return row !== undefined && row.y <= y ? row : undefined;
}

/** The first row that ends below a height. */
function firstBelow(rows: readonly LayoutRow[], y: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]!.y + rows[middle]!.height > y) high = middle;
    else low = middle + 1;
  }
  return low;
}
