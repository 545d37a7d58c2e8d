// Hot: labels as frames multiply the 36,000 paths of 100 MB by a hundred; taken apart into labels and paths, its 900,000
// samples are sorted and summed in a tenth of a second. See bench/src/pages.ts.
import { type PathEnds, passedRows, pathEnds, type Stacks } from "./call-tree.ts";
import type { FrameTrie } from "./frame-trie.ts";
import { PairTable } from "./pair-table.ts";
import { type LabelFrames, type LabelGroups, withLabelsMerged } from "./stack-trie.ts";
import { Trie } from "./trie.ts";

/**
 * Stacks that are not worth 0, equal ones as one member, each in three parts from the outermost frame on: labels above,
 * what was called, labels below. Members are in the order of their rows in the tries.
 */
export interface StackParts {
  readonly tries: Three<FrameTrie>;
  /** For each part a column, by member, of rows of its trie. */
  readonly at: Three<Int32Array>;
  /** The sum of the members' values, and that of their absolute values. */
  readonly value: Float64Array;
  readonly size: Float64Array;
  readonly hasNegative: boolean;
}

export type Three<T> = readonly [T, T, T];

/** Takes stacks apart. */
export function stackParts(stacks: Stacks): StackParts {
  const { selection, values, frames } = stacks;
  const { samples, paths } = selection;
  if (paths?.labels === undefined) return withoutLabels(stacks);
  const { length, leaf, labels } = paths;
  const groups = labels.groups();
  // What is done for a path or for the labels of a sample is done once.
  const isEnd = new Uint8Array(length);
  const isThere = new Uint8Array(groups.sample.length);
  let count = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    if (values[sample] === 0) continue;
    isEnd[leaf[sample]!] = 1;
    isThere[groups.of[sample]!] = 1;
    count++;
  }
  const { start } = selection.frames;
  const called = calledTrie({ paths, isEnd }, stacks);
  const outside = labelTrie(labels.above, groups, isThere, start, frames.rowOf);
  const inside = labelTrie(labels.below, groups, isThere, start, frames.rowOf);
  // Parts that share a frame may have nodes in common.
  const tries = [outside.trie, called.trie, inside.trie] as const;
  if (shareFrames(tries, frames.length))
    return stackParts({ ...stacks, selection: { ...selection, paths: withLabelsMerged(paths) } });
  const pairs = new LabelPairs(outside.at, inside.at);
  const pairOf = new Int32Array(count);
  const at = new Int32Array(count);
  const value = new Float64Array(count);
  let hasNegative = false;
  for (let i = 0, stack = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const worth = values[sample]!;
    if (worth === 0) continue;
    pairOf[stack] = pairs.of[groups.of[sample]!]!;
    at[stack] = called.at[leaf[sample]!]!;
    value[stack++] = worth;
    if (worth < 0) hasNegative = true;
  }
  return membersOf(tries, pairs, pairOf, at, value, hasNegative ? value.map(Math.abs) : value);
}

interface Placed {
  readonly trie: FrameTrie;
  /** A row for each of what was placed. */
  readonly at: Int32Array;
}

/** The frames of what was called, with a row for each path that a stack goes along. */
function calledTrie(ends: Pick<PathEnds, "paths" | "isEnd">, { selection, frames }: Stacks): Placed {
  const { parent, location, length } = ends.paths;
  const isPassed = passedRows(ends);
  const { start } = selection.frames;
  const { rowOf } = frames;
  const trie = new Trie();
  const at = new Int32Array(length);
  for (let row = 1; row < length; row++) {
    if (isPassed[row] === 0) continue;
    let node = at[parent[row]!]!;
    const first = start[location[row]!]!;
    for (let i = start[location[row]! + 1]! - 1; i >= first; i--) node = trie.child(node, rowOf[i]!);
    at[row] = node;
  }
  const { trie: ordered, place } = trie.depthFirst();
  for (let row = 0; row < length; row++) at[row] = place[at[row]!]!;
  return { trie: ordered, at };
}

/** The frames of labels, with a row for each group of samples that is there. */
function labelTrie(
  columns: LabelFrames["above"],
  { sample }: LabelGroups,
  isThere: Uint8Array,
  start: Uint32Array,
  rowOf: Uint32Array,
): Placed {
  const trie = new Trie();
  const at = new Int32Array(sample.length);
  for (const column of columns) {
    for (let group = 0; group < at.length; group++) {
      const location = column[sample[group]!]!;
      // A location for a label has one frame, or none where it is hidden.
      if (isThere[group] === 1 && location >= 0 && start[location] !== start[location + 1])
        at[group] = trie.child(at[group]!, rowOf[start[location]!]!);
    }
  }
  const { trie: ordered, place } = trie.depthFirst();
  for (let group = 0; group < at.length; group++) at[group] = place[at[group]!]!;
  return { trie: ordered, at };
}

function shareFrames(tries: Three<FrameTrie>, frameCount: number): boolean {
  const partOf = new Uint8Array(frameCount);
  for (const [part, { frame, length }] of tries.entries()) {
    for (let row = 1; row < length; row++) {
      const known = partOf[frame[row]!]!;
      if (known !== 0 && known !== part + 1) return true;
      partOf[frame[row]!] = part + 1;
    }
  }
  return false;
}

const NOTHING: FrameTrie = {
  length: 1,
  frame: Int32Array.of(-1),
  parent: Int32Array.of(-1),
  end: Int32Array.of(1),
};

/** Stacks without labels: a member for each row that some of them end in. */
function withoutLabels(stacks: Stacks): StackParts {
  const paths = pathEnds(stacks);
  const { trie, at } = calledTrie(paths, stacks);
  const isEnd = new Uint8Array(trie.length);
  const value = new Float64Array(trie.length);
  const size = new Float64Array(trie.length);
  for (let path = 0; path < at.length; path++) {
    if (paths.isEnd[path] === 0) continue;
    const row = at[path]!;
    isEnd[row] = 1;
    value[row]! += paths.value[path]!;
    size[row]! += paths.size[path]!;
  }
  const ends = new Int32Array(trie.length);
  let length = 0;
  for (let row = 0; row < trie.length; row++) {
    if (isEnd[row] === 0) continue;
    ends[length] = row;
    value[length] = value[row]!;
    size[length++] = size[row]!;
  }
  const none = new Int32Array(length);
  return summed(
    [NOTHING, trie, NOTHING],
    [none, ends.slice(0, length), none],
    value.slice(0, length),
    size.slice(0, length),
  );
}

function summed(tries: Three<FrameTrie>, at: Three<Int32Array>, value: Float64Array, size: Float64Array): StackParts {
  let hasNegative = false;
  for (let i = 0; i < value.length && !hasNegative; i++) hasNegative = value[i] !== size[i];
  return { tries, at, value, size, hasNegative };
}

/**
 * Stacks in the order of their rows, equal ones as one member, given by the pair of their labels and the row of what was
 * called. Those of the same labels are brought side by side first, so that what is added up next to each other is near
 * in memory, too.
 */
function membersOf(
  tries: Three<FrameTrie>,
  pairs: LabelPairs,
  pairOf: Int32Array,
  called: Int32Array,
  value: Float64Array,
  size: Float64Array,
): StackParts {
  const { length } = value;
  /** Where the stacks of each pair end, once they stand side by side. */
  const end = new Int32Array(pairs.length + 1);
  for (let i = 0; i < length; i++) end[pairOf[i]! + 1]!++;
  for (let pair = 0; pair < pairs.length; pair++) end[pair + 1]! += end[pair]!;
  const rows = new Int32Array(length);
  const values = new Float64Array(length);
  const sizes = size === value ? values : new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const place = end[pairOf[i]!]!++;
    rows[place] = called[i]!;
    values[place] = value[i]!;
    if (sizes !== values) sizes[place] = size[i]!;
  }
  const rowCount = tries[1].length;
  const isThere = new Uint8Array(rowCount);
  const sums = new Float64Array(rowCount);
  const sizeSums = sizes === values ? sums : new Float64Array(rowCount);
  const there = new Int32Array(rowCount);
  const outer = new Int32Array(length);
  const last = new Int32Array(length);
  let members = 0;
  for (let pair = 0, i = 0; pair < pairs.length; pair++) {
    let count = 0;
    for (; i < end[pair]!; i++) {
      const row = rows[i]!;
      if (isThere[row] === 0) {
        isThere[row] = 1;
        there[count++] = row;
        sums[row] = 0;
        sizeSums[row] = 0;
      }
      sums[row]! += values[i]!;
      if (sizes !== values) sizeSums[row]! += sizes[i]!;
    }
    if (count * 8 > rowCount) {
      count = 0;
      for (let row = 0; row < rowCount; row++) if (isThere[row] === 1) there[count++] = row;
    } else there.subarray(0, count).sort();
    // There are never more members than stacks, so this is behind what is read.
    for (let k = 0; k < count; k++) {
      const row = there[k]!;
      isThere[row] = 0;
      rows[members] = row;
      values[members] = sums[row]!;
      if (sizes !== values) sizes[members] = sizeSums[row]!;
      outer[members] = pairs.above[pair]!;
      last[members++] = pairs.below[pair]!;
    }
  }
  const outside = outer.slice(0, members);
  const inner = rows.slice(0, members);
  const inside = last.slice(0, members);
  const summedValues = values.slice(0, members);
  const summedSizes = sizes === values ? summedValues : sizes.slice(0, members);
  if (tries[2].length === 1) return summed(tries, [outside, inner, inside], summedValues, summedSizes);
  // What is the same above and called alike stands side by side.
  const order = sortedBy(sortedBy(undefined, inner, rowCount), outside, tries[0].length);
  const inOrder = <T extends Int32Array | Float64Array>(column: T): T => {
    const before = column.slice();
    for (let i = 0; i < members; i++) column[i] = before[order[i]!]!;
    return column;
  };
  return summed(
    tries,
    [inOrder(outside), inOrder(inner), inOrder(inside)],
    inOrder(summedValues),
    summedSizes === summedValues ? summedValues : inOrder(summedSizes),
  );
}

/** The different pairs of labels above and below, in the order of their rows. */
class LabelPairs {
  readonly length: number;
  readonly above: Int32Array;
  readonly below: Int32Array;
  /** The pair of each of what was given. */
  readonly of: Int32Array;

  constructor(above: Int32Array, below: Int32Array) {
    const pairs = new PairTable();
    const of = new Int32Array(above.length);
    for (let i = 0; i < above.length; i++) of[i] = pairs.row(above[i]!, below[i]!);
    const { length } = pairs;
    const sorted = Int32Array.from({ length }, (_, row) => row).sort(
      (a, b) => pairs.first[a]! - pairs.first[b]! || pairs.second[a]! - pairs.second[b]!,
    );
    const rank = new Int32Array(length);
    for (let i = 0; i < length; i++) rank[sorted[i]!] = i;
    for (let i = 0; i < of.length; i++) of[i] = rank[of[i]!]!;
    this.length = length;
    this.above = sorted.map((row) => pairs.first[row]!);
    this.below = sorted.map((row) => pairs.second[row]!);
    this.of = of;
  }
}

/** Rows of a column, of which all numbers are below `count`, by those numbers; equal ones stay in the order before. */
function sortedBy(before: Uint32Array | undefined, column: Int32Array, count: number): Uint32Array {
  const place = new Uint32Array(count + 1);
  for (let row = 0; row < column.length; row++) place[column[row]! + 1]!++;
  for (let i = 1; i <= count; i++) place[i]! += place[i - 1]!;
  const order = new Uint32Array(column.length);
  for (let i = 0; i < column.length; i++) {
    const row = before === undefined ? i : before[i]!;
    order[place[column[row]!]!++] = row;
  }
  return order;
}

/** For each frame, the value of the stacks that end in it and of those that it appears in, counted once a stack. */
export function partTotals(
  { tries, at, value }: StackParts,
  frameCount: number,
): { self: Float64Array; total: Float64Array } {
  const self = new Float64Array(frameCount);
  const total = new Float64Array(frameCount);
  for (let member = 0; member < value.length; member++) {
    let part = 2;
    while (part > 0 && at[part]![member] === 0) part--;
    const row = at[part]![member]!;
    if (row > 0) self[tries[part]!.frame[row]!]! += value[member]!;
  }
  for (const [part, { length, frame, parent, end }] of tries.entries()) {
    if (length === 1) continue;
    const sums = new Float64Array(length);
    for (let member = 0; member < value.length; member++) sums[at[part]![member]!]! += value[member]!;
    for (let row = length - 1; row > 0; row--) sums[parent[row]!]! += sums[row]!;
    // What is below the last row of a frame that was counted is below that frame.
    const counted = new Int32Array(frameCount);
    for (let row = 1; row < length; row++) {
      if (row < counted[frame[row]!]!) continue;
      counted[frame[row]!] = end[row]!;
      total[frame[row]!]! += sums[row]!;
    }
  }
  return { self, total };
}

/** Splits stacks at the outermost frame for which `isPivot` is 1: what begins with it, and what ends with it. */
export function pivotParts(
  { tries, at, value, size, hasNegative }: StackParts,
  isPivot: Uint8Array,
): { readonly callees: StackParts; readonly callers: StackParts } {
  const trie = new Trie();
  // Of each part's rows: the first one with a pivot on the way to it, and its node among the callees.
  const firsts: Int32Array[] = [];
  const nodes: Int32Array[] = [];
  for (const { length, frame, parent } of tries) {
    const first = new Int32Array(length);
    const node = new Int32Array(length);
    for (let row = 1; row < length; row++) {
      const above = parent[row]!;
      first[row] = first[above]! || (isPivot[frame[row]!] === 1 ? row : 0);
      if (first[row] !== 0) node[row] = trie.child(node[above]!, frame[row]!);
    }
    firsts.push(first);
    nodes.push(node);
  }
  const { trie: begun, place } = trie.depthFirst();
  const columns = (): Three<Int32Array> =>
    [0, 1, 2].map(() => new Int32Array(value.length)) as unknown as Three<Int32Array>;
  const inwards = columns();
  const outwards = columns();
  const values = new Float64Array(value.length);
  const sizes = hasNegative ? new Float64Array(value.length) : values;
  let length = 0;
  for (let member = 0; member < value.length; member++) {
    let pivot = 0;
    while (pivot < 3 && firsts[pivot]![at[pivot]![member]!] === 0) pivot++;
    if (pivot === 3) continue;
    const row = at[pivot]![member]!;
    inwards[0][length] = place[nodes[pivot]![row]!]!;
    for (let part = pivot + 1; part < 3; part++) inwards[part]![length] = at[part]![member]!;
    for (let part = 0; part < pivot; part++) outwards[part]![length] = at[part]![member]!;
    outwards[pivot]![length] = firsts[pivot]![row]!;
    values[length] = value[member]!;
    sizes[length++] = size[member]!;
  }
  const worth = values.subarray(0, length);
  const sized = hasNegative ? sizes.subarray(0, length) : worth;
  const split = ([above, called, below]: Three<Int32Array>, of: Three<FrameTrie>): StackParts => {
    const pairs = new LabelPairs(above.subarray(0, length), below.subarray(0, length));
    return membersOf(of, pairs, pairs.of, called, worth, sized);
  };
  return { callees: split(inwards, [begun, tries[1], tries[2]]), callers: split(outwards, tries) };
}
