// Hot: 36,000 paths of 100 MB have four million nodes from their leaves on, those of 5 million samples fifty million.
// Made level by level, the tree can end where nobody sees anything. See bench/src/pages.ts.
import type { PivotCallers } from "./pivot-parts.ts";
import type { StackParts } from "./stack-parts.ts";
import { type Detail, type DetailedTree, TreeColumns } from "./tree-columns.ts";

/** Merges stacks from their leaves outwards, or from a pivot. */
export function invertedTree(parts: StackParts | PivotCallers, detail: Detail = {}): DetailedTree {
  const { value, size, hasNegative } = parts;
  const frameCount = parts.frames.count;
  const count = value.length;
  const ways = new WaysOut(parts);
  // The stacks, called members, of the nodes of the last row: those of one node stand together, up to its entry in `ends`.
  let members = new Int32Array(count);
  let next = new Int32Array(count);
  const memberFrame = new Int32Array(count);
  let whole = 0;
  let sum = 0;
  for (let member = 0; member < count; member++) {
    members[member] = member;
    whole += size[member]!;
    sum += value[member]!;
  }
  const columns = new TreeColumns(detail, hasNegative);
  columns.push(-1, -1, 0, sum, whole);
  const nodeOf = new Int32Array(frameCount).fill(-1);
  // The frames that come next from a node, and what they are worth.
  const found = new Int32Array(frameCount);
  const counts = new Int32Array(frameCount);
  const values = new Float64Array(frameCount);
  const sizes = new Float64Array(frameCount);
  const order = new Int32Array(frameCount);
  let ends = [count];
  for (let node = columns.nextRow(); node >= 0; node = columns.nextRow()) {
    const nextEnds: number[] = [];
    let end = 0;
    let from = 0;
    for (const to of ends) {
      const first = from;
      from = to;
      const above = node++;
      if (!columns.opens(above)) continue;
      if (to - first === 1) {
        // Most nodes have one stack alone.
        const member = members[first]!;
        const frame = ways.next(member);
        if (frame < 0) continue;
        columns.push(frame, above, columns.start[above]!, value[member]!, size[member]!);
        next[end++] = member;
        nextEnds.push(end);
        continue;
      }
      let frames = 0;
      for (let k = first; k < to; k++) {
        const member = members[k]!;
        const frame = ways.next(member);
        memberFrame[member] = frame;
        if (frame < 0) continue;
        let known = nodeOf[frame]!;
        if (known < 0) {
          known = frames++;
          nodeOf[frame] = known;
          found[known] = frame;
          order[known] = known;
          counts[known] = 0;
          values[known] = 0;
          sizes[known] = 0;
        }
        counts[known]!++;
        values[known]! += value[member]!;
        sizes[known]! += size[member]!;
      }
      columns.arrange(order, frames, found, sizes);
      let start = columns.start[above]!;
      for (let i = 0; i < frames; i++) {
        const known = order[i]!;
        columns.push(found[known]!, above, start, values[known]!, sizes[known]!);
        start += sizes[known]!;
        const place = end;
        end += counts[known]!;
        nextEnds.push(end);
        counts[known] = place;
      }
      for (let k = first; k < to; k++) {
        const frame = memberFrame[members[k]!]!;
        if (frame >= 0) next[counts[nodeOf[frame]!]!++] = members[k]!;
      }
      for (let known = 0; known < frames; known++) nodeOf[found[known]!] = -1;
    }
    [members, next] = [next, members];
    ends = nextEnds;
  }
  return columns.finish();
}

/** Walks stacks from the innermost frame outwards, all at once: for each, what it has come to. */
class WaysOut {
  readonly #tries: StackParts["tries"];
  readonly #at: StackParts["at"];
  readonly #start: Uint32Array;
  readonly #rowOf: Uint32Array;
  /** By member: a part, a row of its trie, and the row of the selection's frames that comes next there. */
  readonly #part: Uint8Array;
  readonly #row: Int32Array;
  readonly #frame: Int32Array;

  constructor(parts: StackParts | PivotCallers) {
    const { tries, at, value, frames } = parts;
    const { length } = value;
    this.#tries = tries;
    this.#at = at;
    this.#start = frames.start;
    this.#rowOf = frames.rowOf;
    this.#part = new Uint8Array(length);
    this.#row = new Int32Array(length);
    this.#frame = new Int32Array(length);
    for (let member = 0; member < length; member++) {
      let part = 2;
      while (part > 0 && at[part]![member] === 0) part--;
      const row = at[part]![member]!;
      this.#part[member] = part;
      this.#row[member] = row;
      if (row > 0) this.#frame[member] = "innermost" in parts ? parts.innermost[member]! : this.#firstOf(part, row);
    }
  }

  #firstOf(part: number, row: number): number {
    return this.#start[this.#tries[part]!.location[row]!]!;
  }

  /** The frame that comes next on a member's way, -1 at its end. */
  next(member: number): number {
    let part = this.#part[member]!;
    let row = this.#row[member]!;
    let frame = this.#frame[member]!;
    for (;;) {
      while (row === 0) {
        if (part === 0) return -1;
        row = this.#at[--part]![member]!;
        if (row > 0) frame = this.#firstOf(part, row);
      }
      const { location, parent } = this.#tries[part]!;
      if (frame < this.#start[location[row]! + 1]!) {
        this.#part[member] = part;
        this.#row[member] = row;
        this.#frame[member] = frame + 1;
        return this.#rowOf[frame]!;
      }
      row = parent[row]!;
      if (row > 0) frame = this.#firstOf(part, row);
    }
  }
}
