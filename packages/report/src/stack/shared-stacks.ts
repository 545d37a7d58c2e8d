// Hot: 600,000 stacks of 28 million locations become 300,000 of which each is what the one before it has not, 5 million
// locations, in 0.3 s: what then goes over them sees those alone. A trie of them takes 1.5 s. See bench/src/tool.ts.
import { beginningNumber, orderByBeginnings, type SharedStacks } from "@pprof-ts/profile";
import { type Selection, sharedOfProfile } from "./selection.ts";
import type { StackTrie } from "./stack-paths.ts";

/**
 * The stacks of these samples in such an order that neighbours begin alike, each written as what it does not share with the one before:
 * of `main;serve;parse` and then `main;serve;send` the second is "2 shared, then send". Equal stacks are one, but for a few.
 */
export function sharedStacks(selection: Selection, samples: Uint32Array): SharedStacks {
  const { profile, stackStart, stackEnd } = selection;
  const known = sharedOfProfile(selection);
  if (known !== undefined) return samples.length === known.of.length ? known : sharedBy(known, samples);
  const { locations: column } = profile.samples;
  const distinct = distinctStacks(column, stackStart, stackEnd, samples);
  const { length, first, end, deepest } = distinct;
  const order = orderByBeginnings(length, distinct.beginnings);
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

/** The same of some of the samples: without stacks that none of them has. */
function sharedBy(all: SharedStacks, samples: Uint32Array): SharedStacks {
  /** By stack 1 where it is one of them, then its number plus 1. */
  const numberOf = new Int32Array(all.length);
  for (let i = 0; i < samples.length; i++) numberOf[all.of[samples[i]!]!] = 1;
  const shared = new Uint32Array(all.length);
  const start = new Uint32Array(all.length + 1);
  const locations = new Uint32Array(all.locations.length);
  const stack = new Uint32Array(all.deepest);
  let length = 0;
  let size = 0;
  let deepest = 0;
  // What a stack has in common with the last of them: less than with those in between that are left out.
  let common = 0;
  for (let row = 0; row < all.length; row++) {
    let depth = all.shared[row]!;
    common = Math.min(common, depth);
    for (let at = all.start[row]!; at < all.start[row + 1]!; at++) stack[depth++] = all.locations[at]!;
    if (numberOf[row] === 0) continue;
    shared[length] = common;
    for (let level = common; level < depth; level++) locations[size++] = stack[level]!;
    start[++length] = size;
    numberOf[row] = length;
    deepest = Math.max(deepest, depth);
    common = depth;
  }
  const of = new Int32Array(samples.length);
  for (let i = 0; i < samples.length; i++) of[i] = numberOf[all.of[samples[i]!]!]! - 1;
  return {
    length,
    shared: shared.subarray(0, length),
    start: start.subarray(0, length + 1),
    locations: locations.subarray(0, size),
    deepest,
    of,
  };
}

/** The same of a trie: the stacks that end in its rows, in the order in which it is walked. */
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

/** Stacks with equal ones merged, but for a few, in the order in which they are first met. */
interface Distinct {
  readonly length: number;
  /** Where each is in the column of locations, innermost first. */
  readonly first: Uint32Array;
  readonly end: Uint32Array;
  readonly deepest: number;
  /** The stack of each sample. */
  readonly of: Int32Array;
  /** As `orderByBeginnings` wants them, for the depths of `depthsBelow`. */
  readonly beginnings: readonly Uint16Array[];
}

/** A stack is compared with so many others that have its hash, then it counts as new: a stack that is there twice changes no sum. */
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
      for (let level = 0; level < levels; level++) beginnings[level]![stack] = beginningNumber(passed[level]!);
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
