// Hot: 600,000 stacks of 28 million locations become 300,000 of which each is what the one before it has not, 5 million
// locations, in 0.3 s: what then goes over them sees those alone. A trie of them takes 1.5 s. See bench/src/tool.ts.
import type { Selection } from "./selection.ts";
import type { StackTrie } from "./stack-paths.ts";

/** Stacks in such an order that each has much in common with the one before it, at the root; of each, what it has not. */
export interface SharedStacks {
  readonly length: number;
  /** How many of its outermost locations a stack has in common with the one before it. */
  readonly shared: Uint32Array;
  /** Its other locations are those from `start[i]` up to but without `start[i + 1]`, outermost first. */
  readonly start: Uint32Array;
  readonly locations: Uint32Array;
  /** How many locations the longest stack has. */
  readonly deepest: number;
  /** The stack of each sample, in the order of the samples. */
  readonly of: Int32Array;
}

/** The stacks of these samples, equal ones merged but for a few. */
export function sharedStacks({ profile, stackStart, stackEnd }: Selection, samples: Uint32Array): SharedStacks {
  const { locations: column } = profile.samples;
  const distinct = distinctStacks(column, stackStart, stackEnd, samples);
  const { length, first, end, deepest } = distinct;
  const order = orderOf(distinct);
  const shared = new Uint32Array(length);
  const start = new Uint32Array(length + 1);
  const rank = new Int32Array(length);
  let most = 0;
  for (let stack = 0; stack < length; stack++) most += end[stack]! - first[stack]!;
  // Room that is not written to costs nothing.
  const locations = new Uint32Array(most);
  let size = 0;
  let before = 0;
  let beforeFirst = 0;
  for (let i = 0; i < length; i++) {
    const stack = order[i]!;
    const from = first[stack]!;
    let at = end[stack]!;
    while (at > from && before > beforeFirst && column[at - 1] === column[before - 1]) {
      at--;
      before--;
    }
    shared[i] = end[stack]! - at;
    while (at > from) locations[size++] = column[--at]!;
    start[i + 1] = size;
    rank[stack] = i;
    before = end[stack]!;
    beforeFirst = from;
  }
  const of = distinct.of.map((stack) => rank[stack]!);
  return { length, shared, start, locations: locations.subarray(0, size), deepest, of };
}

/** The stacks that end in the rows of a trie. */
export function stacksOfTrie({ length: rows, parent, location, child, sibling, leaf }: StackTrie): SharedStacks {
  /** 1 for a row in which some stack ends, then the number of that stack plus 1. */
  const stackOf = new Int32Array(rows);
  for (let i = 0; i < leaf.length; i++) stackOf[leaf[i]!] = 1;
  const shared: number[] = [];
  const start = [0];
  const locations = new Uint32Array(rows);
  let size = 0;
  let depth = 0;
  let deepest = 0;
  let common = 0;
  for (let row = 0; ; ) {
    if (row > 0) locations[size++] = location[row]!;
    if (stackOf[row] === 1) {
      stackOf[row] = shared.push(common);
      start.push(size);
      common = depth;
      deepest = Math.max(deepest, depth);
    }
    if (child[row] !== 0) {
      row = child[row]!;
      depth++;
      continue;
    }
    while (row !== 0 && sibling[row] === 0) {
      row = parent[row]!;
      depth--;
    }
    if (row === 0) break;
    row = sibling[row]!;
    common = Math.min(common, depth - 1);
  }
  return {
    length: shared.length,
    shared: Uint32Array.from(shared),
    start: Uint32Array.from(start),
    locations: locations.subarray(0, size),
    deepest,
    of: leaf.map((row) => stackOf[row]! - 1),
  };
}

/** Stacks that are not equal, but for a few. */
interface Distinct {
  readonly length: number;
  /** Where each is in the column of locations, innermost first. */
  readonly first: Uint32Array;
  readonly end: Uint32Array;
  readonly deepest: number;
  /** The stack of each sample. */
  readonly of: Int32Array;
  /** For some depths, from the root down, by stack a number for what is above, 0 where it is less deep. */
  readonly beginnings: readonly Uint16Array[];
}

/** A stack is compared with so many others of its slot, then it counts as new: sums stay the same. */
const MOST_COMPARED = 32;

function distinctStacks(
  column: Uint32Array,
  stackStart: Uint32Array,
  stackEnd: Uint32Array,
  samples: Uint32Array,
): Distinct {
  let deepest = 0;
  for (let i = 0; i < samples.length; i++) {
    deepest = Math.max(deepest, stackEnd[samples[i]!]! - stackStart[samples[i]!]!);
  }
  const depths = depthsBelow(deepest);
  const beginnings = Array.from(depths, () => new Uint16Array(samples.length));
  const passed = new Int32Array(depths.length);
  const of = new Int32Array(samples.length);
  const first = new Uint32Array(samples.length);
  const end = new Uint32Array(samples.length);
  const hashes = new Int32Array(samples.length);
  let size = 1024;
  while (size < 2 * samples.length) size *= 2;
  const slots = new Int32Array(size);
  let length = 0;
  for (let i = 0; i < samples.length; i++) {
    const from = stackStart[samples[i]!]!;
    const to = stackEnd[samples[i]!]!;
    let hash = 0;
    let at = to;
    let levels = 0;
    for (; levels < depths.length && to - from >= depths[levels]!; levels++) {
      for (const until = to - depths[levels]!; at > until; ) hash = (Math.imul(hash, 0x9e3779b1) + column[--at]!) | 0;
      passed[levels] = hash;
    }
    while (at > from) hash = (Math.imul(hash, 0x9e3779b1) + column[--at]!) | 0;
    hash = mixed(hash ^ Math.imul(to - from, 0x85ebca6b));
    let slot = hash & (size - 1);
    let stack = -1;
    for (let tries = 0; tries < MOST_COMPARED && slots[slot] !== 0; tries++) {
      const known = slots[slot]! - 1;
      if (hashes[known] === hash && isSame(column, first[known]!, end[known]!, from, to)) {
        stack = known;
        break;
      }
      slot = (slot + 1) & (size - 1);
    }
    if (stack < 0) {
      stack = length++;
      first[stack] = from;
      end[stack] = to;
      hashes[stack] = hash;
      if (slots[slot] === 0) slots[slot] = length;
      for (let level = 0; level < levels; level++)
        beginnings[level]![stack] = 1 + (mixed(passed[level]!) >>> (32 - BITS));
    }
    of[i] = stack;
  }
  return { length, first, end, deepest, of, beginnings };
}

function mixed(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 16), 0x2c1b3c6d);
  return h ^ (h >>> 15);
}

function isSame(column: Uint32Array, start: number, end: number, other: number, otherEnd: number): boolean {
  if (end - start !== otherEnd - other) return false;
  while (start < end && column[start] === column[other]) {
    start++;
    other++;
  }
  return start === end;
}

/** The depths by which stacks are sorted: 2, 4, 8, 12, 16, 24, 32, 48, 64, … */
function depthsBelow(deepest: number): number[] {
  const depths: number[] = [];
  for (let depth = 2; depth < deepest; depth = depth < 8 || depth % 3 === 0 ? nextPower(depth) : depth * 1.5) {
    depths.push(depth);
  }
  return depths;
}

function nextPower(depth: number): number {
  return 2 ** Math.ceil(Math.log2(depth + 1));
}

/** So many bits of a number for what stacks begin with: others that have the same come between them, which does no harm. */
const BITS = 11;

/** So few stacks are seen as soon as they are sorted. */
const FEW = 1000;

/** The stacks sorted by what they begin with, the outermost first: by the deepest beginning first, and so on. */
function orderOf({ length, beginnings }: Distinct): Uint32Array {
  let order = new Uint32Array(length);
  for (let stack = 0; stack < length; stack++) order[stack] = stack;
  if (length <= FEW) return order;
  let next = new Uint32Array(length);
  for (let level = beginnings.length - 1; level >= 0; level--) {
    const numbers = beginnings[level]!;
    const place = new Uint32Array((1 << BITS) + 2);
    for (let stack = 0; stack < length; stack++) place[numbers[stack]! + 1]!++;
    for (let number = 1; number < place.length; number++) place[number]! += place[number - 1]!;
    for (let i = 0; i < length; i++) next[place[numbers[order[i]!]!]!++] = order[i]!;
    [order, next] = [next, order];
  }
  return order;
}
