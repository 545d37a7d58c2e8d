// Hot: labels as frames multiply the 36,000 paths of 100 MB by a hundred; taken apart into labels and paths, its 900,000
// samples are sorted and summed in a tenth of a second. See bench/src/pages.ts.

import { countsToStarts, groupRows } from "../stack/group-rows.ts";
import { numberPairs } from "../stack/pair-table.ts";
import { PathRows, type PathTrie } from "../stack/path-rows.ts";
import { filterRows } from "../stack/selection.ts";
import { KnownEnds, type StackEnds } from "../stack/stack-ends.ts";
import { stackPaths } from "../stack/stack-paths.ts";
import type { LabelFrames, LabelGroups } from "../stack/stack-rows.ts";
import type { Stacks } from "./call-tree.ts";
import { RowSet } from "./row-set.ts";

/**
 * Stacks in three parts, from the outermost frame on: the locations of labels above, what was called, those of labels
 * below. With `tagroot=user` the stack `main;serve` of Ann is [`ann`], [`main`, `serve`], []. Each part has a trie of its
 * own, so that a thousand labels above a thousand stacks are two thousand rows and not a million. Tries are of locations,
 * and what these stand for is looked up where a tree goes: so filters and lines need no other tries.
 *
 * A member is a row of each of the tries: a stack, with the values of all samples that have it. Stacks worth 0 are left
 * out. Members are sorted by their rows, the outermost part first; as the tries are in depth-first order, the members
 * below any row stand together.
 */
export interface StackParts {
  readonly tries: Three<PathTrie>;
  /** For each part a column, by member, of rows of its trie. */
  readonly at: Three<Int32Array>;
  /** The sum of the members' values, and that of their absolute values. */
  readonly value: Float64Array;
  readonly size: Float64Array;
  readonly hasNegative: boolean;
  readonly frames: LocationFrames;
}

export type Three<T> = readonly [T, T, T];

/** The frames of locations: those of location i are `rowOf` from `start[i]` up to but without `start[i + 1]`, innermost first. */
export interface LocationFrames {
  readonly start: Uint32Array;
  /** Rows of the frame table, of which there are `count`. */
  readonly rowOf: Uint32Array;
  readonly count: number;
}

/** Stacks, also summed up by the rows in which they end in each part. */
export interface WholeStacks extends StackParts {
  readonly sums: Three<RowSums>;
}

/** The rows of a trie in which stacks end that are not worth 0, in order, and what those are worth. */
export interface RowSums {
  readonly rows: Int32Array;
  readonly value: Float64Array;
}

/** Takes stacks apart; `known` remembers where the stacks of a profile end. */
export function stackParts(stacks: Stacks, known: KnownEnds = new KnownEnds()): WholeStacks {
  const { selection, values, frames } = stacks;
  const { samples } = selection;
  const ofLocations = { start: selection.frames.start, rowOf: frames.rowOf, count: frames.length };
  const paths =
    selection.paths ??
    stackPaths(
      selection,
      filterRows(samples, (sample) => values[sample] !== 0),
    );
  const ends = known.of(paths);
  const { labels } = paths;
  if (labels === undefined) return { ...withoutLabels(stacks, paths, ends), frames: ofLocations };
  const groups = labels.groups();
  // Ends and labels are looked at once each, and not for every sample that has them.
  const counts = new Int32Array(ends.rows.length);
  const groupCounts = new Int32Array(groups.sample.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    if (values[sample] === 0) continue;
    counts[ends.of[sample]!]!++;
    groupCounts[groups.of[sample]!]!++;
  }
  const { start } = ofLocations;
  const outside = labelTrie(labels.above, groups, groupCounts, start);
  const inside = labelTrie(labels.below, groups, groupCounts, start);
  const pairs = new LabelPairs(outside.at, inside.at);
  // A bucket holds samples that are equal in two of the three parts: in their labels or, where none are above, in what they
  // called. Which of both leaves only the third part, by which each bucket is then sorted.
  const isByCalled = outside.trie.length === 1;
  const ofEnd = { of: ends.of, at: firstNumbers(counts.length) };
  const [bucket, rest] = isByCalled
    ? [ofEnd, { of: groups.of, at: inside.at }]
    : [{ of: groups.of, at: pairs.of }, ofEnd];
  const buckets = isByCalled ? calledBuckets(ofEnd.at) : pairs.buckets;
  const beside = new SideBySide(buckets, bucket.at, isByCalled ? counts : groupCounts);
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
  const rowCounts = [outside.trie.length, counts.length, inside.trie.length] as const;
  const members = membersOf(rowCounts, beside, hasNegative ? worths.map(Math.abs) : worths);
  const [above, called, below] = members.at;
  return {
    ...members,
    tries: [outside.trie, paths, inside.trie],
    at: [above, called.map((end) => ends.rows[end]!), below],
    hasNegative,
    frames: ofLocations,
    sums: [
      sumsOfMembers(above, members.value, firstNumbers(rowCounts[0])),
      sumsOfMembers(called, members.value, ends.rows),
      sumsOfMembers(below, members.value, firstNumbers(rowCounts[2])),
    ],
  };
}

/** A trie, and where in it each group of samples is. */
interface Placed {
  readonly trie: PathTrie;
  readonly at: Int32Array;
}

/** The locations of labels, with a row for each group of samples that is there. */
function labelTrie(
  columns: LabelFrames["above"],
  { sample }: LabelGroups,
  counts: Int32Array,
  start: Uint32Array,
): Placed {
  const rows = new PathRows();
  const at = new Int32Array(sample.length);
  for (const column of columns) {
    for (let group = 0; group < at.length; group++) {
      const location = column[sample[group]!]!;
      // A location for a label has one frame, or none where it is hidden.
      if (counts[group]! > 0 && location >= 0 && start[location] !== start[location + 1])
        at[group] = rows.child(at[group]!, location);
    }
  }
  const { trie, place } = rows.depthFirst();
  for (let group = 0; group < at.length; group++) at[group] = place[at[group]!]!;
  return { trie, at };
}

/** What members are worth by their numbers in a part; `rows` are the rows that these stand for. */
function sumsOfMembers(numbers: Int32Array, value: Float64Array, rows: Int32Array): RowSums {
  const counts = new Int32Array(rows.length);
  const sums = new Float64Array(rows.length);
  for (let member = 0; member < numbers.length; member++) {
    counts[numbers[member]!]!++;
    sums[numbers[member]!]! += value[member]!;
  }
  return withStacks(rows, counts, sums);
}

/** The rows at which there are stacks. */
function withStacks(rows: Int32Array, counts: Int32Array, sums: Float64Array): RowSums {
  const there = new Int32Array(rows.length);
  const value = new Float64Array(rows.length);
  let length = 0;
  for (let i = 0; i < rows.length; i++) {
    if (counts[i] === 0) continue;
    there[length] = rows[i]!;
    value[length++] = sums[i]!;
  }
  return { rows: there.subarray(0, length), value: value.subarray(0, length) };
}

/** 0, 1, 2 and so on. */
function firstNumbers(count: number): Int32Array {
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i++) numbers[i] = i;
  return numbers;
}

const NOTHING: PathTrie = {
  length: 1,
  location: Int32Array.of(-1),
  parent: Int32Array.of(-1),
  end: Int32Array.of(1),
};

/** Stacks without labels: a member for each row that some of them end in. */
function withoutLabels(
  { selection: { samples }, values }: Stacks,
  trie: PathTrie,
  ends: StackEnds,
): Omit<WholeStacks, "frames"> {
  const counts = new Int32Array(ends.rows.length);
  const sums = new Float64Array(counts.length);
  let hasNegative = false;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const worth = values[sample]!;
    if (worth === 0) continue;
    if (worth < 0) hasNegative = true;
    const end = ends.of[sample]!;
    counts[end]!++;
    sums[end]! += worth;
  }
  const called = withStacks(ends.rows, counts, sums);
  let size = called.value;
  if (hasNegative) {
    const sizes = new Float64Array(counts.length);
    for (let i = 0; i < samples.length; i++) sizes[ends.of[samples[i]!]!]! += Math.abs(values[samples[i]!]!);
    size = withStacks(ends.rows, counts, sizes).value;
  }
  const none = new Int32Array(size.length);
  const nothing = { rows: none.subarray(0, 0), value: new Float64Array() };
  return {
    tries: [NOTHING, trie, NOTHING],
    at: [none, called.rows, none],
    value: called.value,
    size,
    hasNegative,
    sums: [nothing, called, nothing],
  };
}

/** Buckets of samples that are equal in two of their three parts: for those two, a column by bucket of rows of the trie. */
interface Buckets {
  readonly length: number;
  readonly parts: Three<Int32Array | undefined>;
}

/** A bucket for each end of what was called, for stacks without labels above. */
function calledBuckets(called: Int32Array): Buckets {
  return { length: called.length, parts: [new Int32Array(called.length), called, undefined] };
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
 * The members that samples in buckets make, in order; of what was called `at` says the number of the end. `rowCounts` says
 * how many numbers each part has, `sizes` are the absolute values of the samples. The columns that are given are
 * overwritten: there are never more members than samples.
 */
function membersOf(
  rowCounts: Three<number>,
  { buckets, place, rows, values }: SideBySide,
  sizes: Float64Array,
): Pick<StackParts, "at" | "value" | "size"> {
  const { parts } = buckets;
  const part = parts.indexOf(undefined);
  const rowCount = rowCounts[part]!;
  const there = new RowSet(rowCount);
  const sums = new Float64Array(rowCount);
  const sizeSums = sizes === values ? sums : new Float64Array(rowCount);
  const columns = parts.map((column) => (column === undefined ? rows : new Int32Array(rows.length)));
  const others = [0, 1, 2].filter((other) => other !== part && rowCounts[other]! > 1);
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
  if (part === 2 || rowCounts[2] === 1) return { at: [above, called, below], value, size };
  // What is the same above and called alike stands side by side.
  const order = groupRows(above, rowCounts[0], groupRows(called, rowCount).rows).rows;
  const inOrder = <T extends Int32Array | Float64Array>(column: T): T => {
    const before = column.slice();
    for (let i = 0; i < members; i++) column[i] = before[order[i]!]!;
    return column;
  };
  const ordered = inOrder(value);
  return {
    at: [inOrder(above), inOrder(called), inOrder(below)],
    value: ordered,
    size: size === value ? ordered : inOrder(size),
  };
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
