// Hot: labels as frames multiply the 36,000 paths of 100 MB by a hundred; taken apart into labels and paths, its 900,000
// samples are sorted and summed in a tenth of a second. See bench/src/pages.ts.

import { countsToStarts, groupRows } from "../stack/group-rows.ts";
import { numberPairs } from "../stack/pair-table.ts";
import { type LabelFrames, type LabelGroups, withLabelsMerged } from "../stack/stack-rows.ts";
import { forAll, pathEnds, type Stacks } from "./call-tree.ts";
import { calledTrie, KnownTrie, type Placed } from "./called-trie.ts";
import type { FrameTable } from "./frame-table.ts";
import { MemberRanges } from "./member-ranges.ts";
import { RowSet } from "./row-set.ts";
import { type FrameTrie, Trie } from "./trie.ts";

/**
 * Stacks in three parts, from the outermost frame on: the frames of labels above, what was called, the frames of labels
 * below. With `tagroot=user` the stack `main;serve` of Ann is [`ann`], [`main`, `serve`], []. Each part has a trie of its
 * own, so that a thousand labels above a thousand stacks are two thousand rows and not a million.
 *
 * A member is a row of each of the tries: a stack, with the values of all samples that have it. Stacks worth 0 are left
 * out. Members are sorted by their rows, the outermost part first; as the tries are in depth-first order, the members
 * below any node stand together.
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

/** Takes stacks apart; `known` remembers the frames of many paths, for stacks that go along the same. */
export function stackParts(stacks: Stacks, known: KnownTrie = new KnownTrie()): StackParts {
  const { selection, values, frames } = stacks;
  const { samples, paths } = selection;
  if (paths?.labels === undefined) return withoutLabels(stacks, known);
  const { length, leaf, labels } = paths;
  const groups = labels.groups();
  // Paths and labels are looked at once each, and not for every sample that has them.
  const ends = new Int32Array(length);
  const counts = new Int32Array(groups.sample.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    if (values[sample] === 0) continue;
    ends[leaf[sample]!]!++;
    counts[groups.of[sample]!]!++;
  }
  const { start } = selection.frames;
  const called = calledTrie({ paths, isEnd: Uint8Array.from(ends, Math.sign) }, stacks);
  const outside = labelTrie(labels.above, groups, counts, start, frames.rowOf);
  const inside = labelTrie(labels.below, groups, counts, start, frames.rowOf);
  // Where the same frame is in two parts, their nodes may be the same ones.
  const tries = [outside.trie, called.trie, inside.trie] as const;
  if (shareFrames(tries, frames.length))
    return withoutLabels({ ...stacks, selection: { ...selection, paths: withLabelsMerged(paths) } }, known);
  const pairs = new LabelPairs(outside.at, inside.at);
  // A bucket holds samples that are equal in two of the three parts: in their labels or, where none are above, in what they
  // called. Which of both leaves only the third part, by which each bucket is then sorted.
  const isByCalled = outside.trie.length === 1;
  const ofPath = { of: leaf, at: called.at };
  const [bucket, rest] = isByCalled
    ? [ofPath, { of: groups.of, at: inside.at }]
    : [{ of: groups.of, at: pairs.of }, ofPath];
  const buckets = isByCalled ? calledBuckets(called.trie.length) : pairs.buckets;
  const beside = new SideBySide(buckets, bucket.at, isByCalled ? ends : counts);
  const { place, rows, values: worths } = beside;
  let hasNegative = false;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const worth = values[sample]!;
    if (worth === 0) continue;
    const at = place[bucket.at[bucket.of[sample]!]!]!++;
    rows[at] = rest.at[rest.of[sample]!]!;
    worths[at] = worth;
    if (worth < 0) hasNegative = true;
  }
  return membersOf(tries, beside, hasNegative ? worths.map(Math.abs) : worths);
}

/** The frames of labels, with a row for each group of samples that is there. */
function labelTrie(
  columns: LabelFrames["above"],
  { sample }: LabelGroups,
  counts: Int32Array,
  start: Uint32Array,
  rowOf: Uint32Array,
): Placed {
  const trie = new Trie();
  const at = new Int32Array(sample.length);
  for (const column of columns) {
    for (let group = 0; group < at.length; group++) {
      const location = column[sample[group]!]!;
      // A location for a label has one frame, or none where it is hidden.
      if (counts[group]! > 0 && location >= 0 && start[location] !== start[location + 1])
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
function withoutLabels(stacks: Stacks, known: KnownTrie): StackParts {
  const paths = pathEnds(stacks);
  const { trie, at } = known.of(paths, stacks);
  // By row of the trie: whether some end in it, then which member those are.
  const member = new Int32Array(trie.length);
  let length = 0;
  for (let path = 0; path < at.length; path++) {
    if (paths.isEnd[path] === 0 || member[at[path]!] === 1) continue;
    member[at[path]!] = 1;
    length++;
  }
  const ends = new Int32Array(length);
  for (let row = 0, members = 0; members < length; row++) {
    if (member[row] === 0) continue;
    ends[members] = row;
    member[row] = members++;
  }
  const value = new Float64Array(length);
  const size = new Float64Array(length);
  for (let path = 0; path < at.length; path++) {
    if (paths.isEnd[path] === 0) continue;
    const row = member[at[path]!]!;
    value[row]! += paths.value[path]!;
    size[row]! += paths.size[path]!;
  }
  const none = new Int32Array(length);
  return summed([NOTHING, trie, NOTHING], [none, ends, none], value, size);
}

function summed(tries: Three<FrameTrie>, at: Three<Int32Array>, value: Float64Array, size: Float64Array): StackParts {
  let hasNegative = false;
  for (let i = 0; i < value.length && !hasNegative; i++) hasNegative = value[i] !== size[i];
  return { tries, at, value, size, hasNegative };
}

/** Buckets of samples that are equal in two of their three parts: for those two, a column by bucket of rows of the trie. */
interface Buckets {
  readonly length: number;
  readonly parts: Three<Int32Array | undefined>;
}

/** A bucket for each row of what was called, for stacks without labels above. */
function calledBuckets(length: number): Buckets {
  const called = new Int32Array(length);
  for (let row = 0; row < length; row++) called[row] = row;
  return { length, parts: [new Int32Array(length), called, undefined] };
}

/** Samples sorted by their buckets, so that what is added up together is near in memory. */
class SideBySide {
  readonly buckets: Buckets;
  /** Where the next sample of each bucket goes while they come; once all are there, where each bucket ends. */
  readonly place: Int32Array;
  /** By sample, its row in the part in which samples of a bucket differ, and its value. */
  readonly rows: Int32Array;
  readonly values: Float64Array;

  /** `counts` says how many stacks there are of each of what `bucketOf` has a row for. */
  constructor(buckets: Buckets, bucketOf: Int32Array, counts: Int32Array) {
    const place = new Int32Array(buckets.length + 1);
    for (let i = 0; i < counts.length; i++) place[bucketOf[i]! + 1]! += counts[i]!;
    countsToStarts(place);
    const length = place[buckets.length]!;
    this.buckets = buckets;
    this.place = place;
    this.rows = new Int32Array(length);
    this.values = new Float64Array(length);
  }
}

/**
 * The members that samples in buckets make, in order. `sizes` are the absolute values of the samples. The columns that are
 * given are overwritten: there are never more members than samples.
 */
function membersOf(
  tries: Three<FrameTrie>,
  { buckets, place, rows, values }: SideBySide,
  sizes: Float64Array,
): StackParts {
  const { parts } = buckets;
  const part = parts.indexOf(undefined);
  const rowCount = tries[part]!.length;
  const there = new RowSet(rowCount);
  const sums = new Float64Array(rowCount);
  const sizeSums = sizes === values ? sums : new Float64Array(rowCount);
  const columns = parts.map((column) => (column === undefined ? rows : new Int32Array(rows.length)));
  const others = [0, 1, 2].filter((other) => other !== part && tries[other]!.length > 1);
  let members = 0;
  for (let bucket = 0, i = 0; bucket < buckets.length; bucket++) {
    const end = place[bucket]!;
    for (; i < end; i++) {
      const row = rows[i]!;
      if (there.add(row)) {
        sums[row] = 0;
        sizeSums[row] = 0;
      }
      sums[row]! += values[i]!;
      if (sizes !== values) sizeSums[row]! += sizes[i]!;
    }
    // What is written is behind what is read.
    const first = members;
    members = there.moveTo(rows, members);
    for (let member = first; member < members; member++) {
      values[member] = sums[rows[member]!]!;
      if (sizes !== values) sizes[member] = sizeSums[rows[member]!]!;
    }
    for (const other of others) {
      const column = columns[other]!;
      const row = parts[other]![bucket]!;
      for (let member = first; member < members; member++) column[member] = row;
    }
  }
  const [above, called, below] = columns.map((column) => column.subarray(0, members)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const value = values.subarray(0, members);
  const size = sizes === values ? value : sizes.subarray(0, members);
  if (part === 2 || tries[2].length === 1) return summed(tries, [above, called, below], value, size);
  // What is the same above and called alike stands side by side.
  const order = groupRows(above, tries[0].length, groupRows(called, rowCount).rows).rows;
  const inOrder = <T extends Int32Array | Float64Array>(column: T): T => {
    const before = column.slice();
    for (let i = 0; i < members; i++) column[i] = before[order[i]!]!;
    return column;
  };
  const ordered = inOrder(value);
  return summed(
    tries,
    [inOrder(above), inOrder(called), inOrder(below)],
    ordered,
    size === value ? ordered : inOrder(size),
  );
}

/** Numbers the pairs of labels above and labels below that samples have, in the order of their rows. */
class LabelPairs {
  readonly buckets: Buckets;
  /** By row of the columns that were given, its pair. */
  readonly of: Int32Array;

  constructor(above: Int32Array, below: Int32Array) {
    const { of, seen } = numberPairs(above, below);
    const sorted = seen.toSorted((a, b) => above[a]! - above[b]! || below[a]! - below[b]!);
    const rank = new Int32Array(seen.length);
    sorted.forEach((row, i) => {
      rank[of[row]!] = i;
    });
    for (let i = 0; i < of.length; i++) of[i] = rank[of[i]!]!;
    const column = (rows: Int32Array): Int32Array => Int32Array.from(sorted, (row) => rows[row]!);
    this.buckets = { length: sorted.length, parts: [column(above), undefined, column(below)] };
    this.of = of;
  }
}

/** For each frame, the value of the stacks that end in it and of those that it appears in, counted once a stack. */
export function partTotals(
  { tries, at, value }: StackParts,
  { same }: Pick<FrameTable, "same">,
): { self: Float64Array; total: Float64Array } {
  const frameCount = same.length;
  const self = new Float64Array(frameCount);
  const total = new Float64Array(frameCount);
  for (let member = 0; member < value.length; member++) {
    let part = 2;
    while (part > 0 && at[part]![member] === 0) part--;
    const row = at[part]![member]!;
    if (row > 0) self[same[tries[part]!.frame[row]!]!]! += value[member]!;
  }
  for (const [part, { length, frame, parent, end }] of tries.entries()) {
    if (length === 1) continue;
    const sums = new Float64Array(length);
    for (let member = 0; member < value.length; member++) sums[at[part]![member]!]! += value[member]!;
    for (let row = length - 1; row > 0; row--) sums[parent[row]!]! += sums[row]!;
    // A row before the end of the last row that was counted for its frame is below that one: recursion, counted already.
    const counted = new Int32Array(frameCount);
    for (let row = 1; row < length; row++) {
      const of = same[frame[row]!]!;
      if (row < counted[of]!) continue;
      counted[of] = end[row]!;
      total[of]! += sums[row]!;
    }
  }
  return forAll(same, self, total);
}

/** Stacks of which a tree shows what begins with a pivot: each place where one does is a range of members. */
export interface PivotCallees extends StackParts {
  readonly begins: MemberRanges;
  readonly frameCount: number;
}

/**
 * Splits stacks at the outermost frame for which `isPivot` is 1: what begins with it, and what ends with it. Members below a
 * row stand together, so nothing is sorted anew: what begins at one place is a range of them, and a member of the callers.
 */
export function pivotParts(
  parts: StackParts,
  isPivot: Uint8Array,
): { readonly callees: PivotCallees; readonly callers: StackParts } {
  const { tries, at, value, size } = parts;
  const outermost = tries.map((trie) => outermostPivots(trie, isPivot));
  const begins = new MemberRanges();
  for (let member = 0; member < value.length; ) {
    const first = member++;
    let part = 0;
    while (part < 3 && outermost[part]![at[part]![first]!] === 0) part++;
    if (part === 3) continue;
    const row = outermost[part]![at[part]![first]!]!;
    const isSame = (member: number): boolean => {
      for (let before = 0; before < part; before++) if (at[before]![member] !== at[before]![first]) return false;
      return outermost[part]![at[part]![member]!] === row;
    };
    while (member < value.length && isSame(member)) member++;
    begins.push(first, member, part, row);
  }
  const { length } = begins;
  const columns = [new Int32Array(length), new Int32Array(length), new Int32Array(length)] as const;
  const values = new Float64Array(length);
  const sizes = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const first = begins.first[i]!;
    const part = begins.part[i]!;
    for (let before = 0; before < part; before++) columns[before]![i] = at[before]![first]!;
    columns[part]![i] = begins.row[i]!;
    for (let member = first; member < begins.end[i]!; member++) {
      values[i]! += value[member]!;
      sizes[i]! += size[member]!;
    }
  }
  const callers = summed(tries, columns, values, sizes);
  return { callees: { ...parts, hasNegative: callers.hasNegative, begins, frameCount: isPivot.length }, callers };
}

/** By row, the outermost pivot on the way to it; 0 for none. */
function outermostPivots({ length, frame, end }: FrameTrie, isPivot: Uint8Array): Int32Array {
  const outermost = new Int32Array(length);
  for (let row = 1; row < length; ) {
    const next = isPivot[frame[row]!] === 1 ? end[row]! : row + 1;
    if (isPivot[frame[row]!] === 1) outermost.fill(row, row, next);
    row = next;
  }
  return outermost;
}
