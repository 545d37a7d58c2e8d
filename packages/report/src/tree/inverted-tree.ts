// Hot: 36,000 paths of 100 MB have four million nodes from their leaves on, those of 5 million samples fifty million.
// Made level by level, the tree can end where nobody sees anything. See bench/src/pages.ts.
import type { StackParts, Three } from "./stack-parts.ts";
import { type Detail, type DetailedTree, TreeColumns } from "./tree-columns.ts";
import type { FrameTrie } from "./trie.ts";

/** Merges stacks from their leaves outwards. */
export function invertedTree(
  { tries, at, value, size, hasNegative }: StackParts,
  frameCount: number,
  detail: Detail = {},
): DetailedTree {
  const count = value.length;
  const ways = new WaysOut(tries, at);
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

/** Walks stacks from the innermost frame outwards, all at once: for each, which row of which part's trie it has come to. */
class WaysOut {
  readonly #tries: Three<FrameTrie>;
  readonly #at: Three<Int32Array>;
  readonly #part: Uint8Array;
  readonly #row: Int32Array;

  constructor(tries: Three<FrameTrie>, at: Three<Int32Array>) {
    this.#tries = tries;
    this.#at = at;
    this.#part = new Uint8Array(at[2].length).fill(2);
    this.#row = at[2].slice();
  }

  /** The frame that comes next on a member's way, -1 at its end. */
  next(member: number): number {
    let part = this.#part[member]!;
    let row = this.#row[member]!;
    while (row === 0 && part > 0) row = this.#at[--part]![member]!;
    if (row === 0) return -1;
    this.#part[member] = part;
    this.#row[member] = this.#tries[part]!.parent[row]!;
    return this.#tries[part]!.frame[row]!;
  }
}
