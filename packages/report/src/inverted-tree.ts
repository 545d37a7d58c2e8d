// Hot: 36,000 paths of 100 MB have four million nodes from their leaves on, those of 5 million samples fifty million.
// Made level by level, the tree can end where nobody sees anything: half a million nodes in 0.2 s. See bench/src/pages.ts.
import type { CallTree, PathEnds } from "./call-tree.ts";
import { grown } from "./grown.ts";

/** About so many nodes are made at most. */
const MOST = 500_000;
/** From half of them on, nodes narrower than 2 to the power of this, of the whole, stay without their callers. */
const NARROWEST = -20;
/** When all of them are there, those narrower than this: a thousand others have room side by side. */
const WIDEST = -10;

/**
 * Stacks merged from their leaves outwards. Where that makes too many nodes, narrow ones stay without their callers, the
 * more of them the further out; `cut` is the width of the widest of those, or 0.
 */
export function invertPaths(
  { paths, isEnd, value, size }: PathEnds,
  frameStart: Uint32Array,
  frames: Uint32Array,
  most: number = MOST,
): { readonly tree: CallTree; readonly cut: number } {
  const { parent, location, length } = paths;
  // What passes through a node stands side by side: the path that it comes from, and where on its way out it is.
  let members = new Int32Array(isEnd.reduce((sum, end) => sum + end, 0));
  let next = new Int32Array(members.length);
  let count = 0;
  const at = new Int32Array(length);
  const line = new Int32Array(length);
  let hasNegative = false;
  for (let path = 0; path < length; path++) {
    if (isEnd[path] === 0) continue;
    members[count++] = path;
    at[path] = path;
    line[path] = path === 0 ? 0 : frameStart[location[path]!]!;
    if (value[path] !== size[path]) hasNegative = true;
  }
  const columns = new Columns(hasNegative);
  columns.push(-1, -1, 0, 0, 0);
  for (let i = 0; i < count; i++) columns.add(0, value[members[i]!]!, size[members[i]!]!);
  const whole = columns.width[0]!;
  let from = [0];
  let to = [count];
  let cut = 0;
  const rows = [0, 1];
  const nodeOf = new Int32Array(frames.reduce((largest, frame) => Math.max(largest, frame), -1) + 1).fill(-1);
  const memberFrame = new Int32Array(length);
  /** The frame that comes next on a path's way out, -1 at its end. */
  const advance = (path: number): number => {
    let row = at[path]!;
    while (row > 0 && line[path] === frameStart[location[row]! + 1]) {
      row = parent[row]!;
      at[path] = row;
      line[path] = row === 0 ? 0 : frameStart[location[row]!]!;
    }
    return row === 0 ? -1 : frames[line[path]!++]!;
  };
  for (let first = 0; from.length > 0; first = rows.at(-2)!) {
    const used = Math.min(1, columns.length / most);
    const least = used < 0.5 ? 0 : whole * 2 ** (NARROWEST + (WIDEST - NARROWEST) * (2 * used - 1));
    const nextFrom: number[] = [];
    const nextTo: number[] = [];
    let end = 0;
    for (let i = 0; i < from.length; i++) {
      const node = first + i;
      columns.firstChild[node] = columns.length;
      if (columns.width[node]! < least) {
        cut = Math.max(cut, columns.width[node]!);
        continue;
      }
      if (to[i]! - from[i]! === 1) {
        // Most nodes are on the way of one path alone.
        const path = members[from[i]!]!;
        const frame = advance(path);
        if (frame < 0) continue;
        columns.push(frame, node, columns.start[node]!, value[path]!, size[path]!);
        next[end] = path;
        nextFrom.push(end++);
        nextTo.push(end);
        continue;
      }
      // The frames that come next, and what they are worth.
      const found: number[] = [];
      const counts: number[] = [];
      const values: number[] = [];
      const sizes: number[] = [];
      for (let k = from[i]!; k < to[i]!; k++) {
        const path = members[k]!;
        const frame = advance(path);
        memberFrame[path] = frame;
        if (frame < 0) continue;
        let row = nodeOf[frame]!;
        if (row < 0) {
          row = found.push(frame) - 1;
          nodeOf[frame] = row;
          counts.push(0);
          values.push(0);
          sizes.push(0);
        }
        counts[row]!++;
        values[row]! += value[path]!;
        sizes[row]! += size[path]!;
      }
      // The widest first, equal ones by frame.
      const order: number[] = found.map((_, row) => row);
      if (order.length > 1) order.sort((a, b) => sizes[b]! - sizes[a]! || found[a]! - found[b]!);
      let start = columns.start[node]!;
      const place = new Int32Array(found.length);
      for (const row of order) {
        columns.push(found[row]!, node, start, values[row]!, sizes[row]!);
        start += sizes[row]!;
        place[row] = end;
        nextFrom.push(end);
        end += counts[row]!;
        nextTo.push(end);
      }
      for (let k = from[i]!; k < to[i]!; k++) {
        const path = members[k]!;
        const frame = memberFrame[path]!;
        if (frame >= 0) next[place[nodeOf[frame]!]!++] = path;
      }
      for (const frame of found) nodeOf[frame] = -1;
    }
    [members, next] = [next, members];
    from = nextFrom;
    to = nextTo;
    if (from.length > 0) rows.push(columns.length);
  }
  return { tree: columns.finish(rows), cut };
}

/** The columns of a tree while they grow. */
class Columns {
  length = 0;
  frame = new Int32Array(4096);
  parent = new Int32Array(4096);
  firstChild = new Uint32Array(4096);
  start = new Float64Array(4096);
  total = new Float64Array(4096);
  width: Float64Array<ArrayBuffer>;

  constructor(hasNegative: boolean) {
    this.width = hasNegative ? new Float64Array(4096) : this.total;
  }

  push(frame: number, parent: number, start: number, total: number, width: number): void {
    const row = this.length++;
    if (row === this.frame.length) this.#grow();
    this.frame[row] = frame;
    this.parent[row] = parent;
    this.start[row] = start;
    this.total[row] = total;
    if (this.width !== this.total) this.width[row] = width;
  }

  add(row: number, total: number, width: number): void {
    this.total[row]! += total;
    if (this.width !== this.total) this.width[row]! += width;
  }

  finish(rows: readonly number[]): CallTree {
    const { length } = this;
    const firstChild = new Uint32Array(length + 1);
    firstChild.set(this.firstChild.subarray(0, length));
    firstChild[length] = length;
    const total = this.total.slice(0, length);
    return {
      length,
      frame: this.frame.slice(0, length),
      parent: this.parent.slice(0, length),
      firstChild,
      rowStart: Uint32Array.from(rows),
      total,
      start: this.start.slice(0, length),
      width: this.width === this.total ? total : this.width.slice(0, length),
    };
  }

  #grow(): void {
    const room = this.length * 2;
    const isSame = this.width === this.total;
    this.frame = grown(this.frame, new Int32Array(room));
    this.parent = grown(this.parent, new Int32Array(room));
    this.firstChild = grown(this.firstChild, new Uint32Array(room));
    this.start = grown(this.start, new Float64Array(room));
    this.total = grown(this.total, new Float64Array(room));
    this.width = isSame ? this.total : grown(this.width, new Float64Array(room));
  }
}
