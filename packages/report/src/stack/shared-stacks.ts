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
  const distinct = new DistinctStacks(column, samples.length);
  /** The stack of each sample, first as it is met, then as it comes in the order. */
  const of = new Int32Array(samples.length);
  for (let i = 0; i < samples.length; i++) of[i] = distinct.row(stackStart[samples[i]!]!, stackEnd[samples[i]!]!);
  const { length, first, end, deepest } = distinct;
  const order = orderByBeginnings(length, distinct.beginnings());
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
    at -= inCommon(column, from, at, beforeFirst, before);
    shared[i] = end[stack]! - at;
    while (at > from) locations[size++] = column[--at]!;
    start[i + 1] = size;
    rank[stack] = i;
    before = end[stack]!;
    beforeFirst = from;
  }
  for (let i = 0; i < of.length; i++) of[i] = rank[of[i]!]!;
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

/** The same of a trie: the stacks that end in its rows, in their order. */
export function stacksOfTrie({ length: rows, parent, location, leaf }: StackTrie): SharedStacks {
  /** 1 for a row in which some stack ends, then the number of that stack plus 1. */
  const stackOf = new Int32Array(rows);
  for (let i = 0; i < leaf.length; i++) stackOf[leaf[i]!] = 1;
  const shared: number[] = [];
  const start = [0];
  const depth = new Int32Array(rows);
  let deepest = 0;
  let common = 0;
  for (let row = 0; row < rows; row++) {
    if (row > 0) {
      const above = depth[parent[row]!]!;
      depth[row] = above + 1;
      common = Math.min(common, above);
    }
    if (stackOf[row] === 0) continue;
    stackOf[row] = shared.push(common);
    start.push(row);
    common = depth[row]!;
    deepest = Math.max(deepest, common);
  }
  return {
    length: shared.length,
    shared: Uint32Array.from(shared),
    start: Uint32Array.from(start),
    // Between two of them are the rows of the second that the first has not.
    locations: new Uint32Array(location.subarray(1)),
    deepest,
    of: leaf.map((row) => stackOf[row]! - 1),
  };
}

/** A stack is compared with so many others that have its hash, then it counts as new: a stack that is there twice changes no sum. */
const MOST_COMPARED = 32;

/**
 * Stacks with equal ones merged, but for a few, in the order in which they are first met. What is done for each is a method
 * of its own: the engine has compiled those long before it has a loop around them all.
 */
class DistinctStacks {
  length = 0;
  deepest = 0;
  /** Where each is in the column of locations, innermost first. */
  readonly first: Uint32Array;
  readonly end: Uint32Array;
  readonly #column: Uint32Array;
  readonly #hashes: Int32Array;
  readonly #slots: Int32Array;

  /** `most`: how many stacks there may be. */
  constructor(column: Uint32Array, most: number) {
    this.#column = column;
    this.first = new Uint32Array(most);
    this.end = new Uint32Array(most);
    this.#hashes = new Int32Array(most);
    let size = 1024;
    while (size < 2 * most) size *= 2;
    this.#slots = new Int32Array(size);
  }

  /** The number of the stack between these two places of the column. */
  row(from: number, to: number): number {
    const hash = this.#hash(from, to);
    const slots = this.#slots;
    let slot = hash & (slots.length - 1);
    for (let tries = 0; tries < MOST_COMPARED && slots[slot] !== 0; tries++) {
      const known = slots[slot]! - 1;
      if (this.#hashes[known] === hash && this.#isSame(known, from, to)) return known;
      slot = (slot + 1) & (slots.length - 1);
    }
    const stack = this.length++;
    this.first[stack] = from;
    this.end[stack] = to;
    this.#hashes[stack] = hash;
    if (slots[slot] === 0) slots[slot] = this.length;
    this.deepest = Math.max(this.deepest, to - from);
    return stack;
  }

  #hash(from: number, to: number): number {
    const column = this.#column;
    let hash = Math.imul(to - from, 0x85ebca6b);
    for (let at = from; at < to; at++) hash = (Math.imul(hash, 0x9e3779b1) + column[at]!) | 0;
    hash = Math.imul(hash ^ (hash >>> 16), 0x2c1b3c6d);
    return hash ^ (hash >>> 15);
  }

  #isSame(stack: number, from: number, to: number): boolean {
    const column = this.#column;
    let at = this.first[stack]!;
    if (this.end[stack]! - at !== to - from) return false;
    while (from < to && column[at] === column[from]) {
      at++;
      from++;
    }
    return from === to;
  }

  /** As `orderByBeginnings` wants them; the last is how deep each is: of those that begin alike the shortest comes first. */
  beginnings(): Uint16Array[] {
    const depths = depthsBelow(this.deepest);
    const beginnings = Array.from({ length: depths.length + 1 }, () => new Uint16Array(this.length));
    for (let stack = 0; stack < this.length; stack++) this.#enterBeginnings(stack, depths, beginnings);
    return beginnings;
  }

  #enterBeginnings(stack: number, depths: readonly number[], beginnings: readonly Uint16Array[]): void {
    const column = this.#column;
    const end = this.end[stack]!;
    const size = end - this.first[stack]!;
    let hash = 0;
    let at = end;
    for (let level = 0; level < depths.length && size >= depths[level]!; level++) {
      for (const until = end - depths[level]!; at > until; ) hash = (Math.imul(hash, 0x9e3779b1) + column[--at]!) | 0;
      beginnings[level]![stack] = beginningNumber(hash);
    }
    beginnings[depths.length]![stack] = Math.min(size, 2048);
  }
}

/** How much these two stacks have in common, from their ends, which is the root, on. */
function inCommon(column: Uint32Array, first: number, end: number, otherFirst: number, otherEnd: number): number {
  let at = end;
  for (; at > first && otherEnd > otherFirst && column[at - 1] === column[otherEnd - 1]; at--) otherEnd--;
  return end - at;
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
