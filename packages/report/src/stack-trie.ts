// Hot: 900,000 stacks with 41 million frames share 36,000 prefixes; whatever is summed over the trie and not over the
// stacks takes no time. See bench/src/tool.ts and bench/src/pages.ts.
import type { StackMerger } from "@pprof-ts/profile";
import { grown } from "./grown.ts";
import type { Selection } from "./selection.ts";

/** The stacks of some samples, merged by what they have in common at the root: one row a path of locations. */
export interface StackPaths {
  readonly length: number;
  /** The path without its last location; a row before this one. Row 0 is the empty path, whose parent is -1. */
  readonly parent: Int32Array;
  readonly location: Int32Array;
  /** The row in which the stack of each of the profile's samples ends; 0 for those that are not among the merged ones. */
  readonly leaf: Int32Array;
}

/** Paths as a tree to walk: every row is a part of some sample's stack. */
export interface StackTrie extends Omit<StackPaths, "leaf"> {
  /** The first row that goes on from this one, and the next that goes on from the same as this one; 0 for none. */
  readonly child: Int32Array;
  readonly sibling: Int32Array;
  /** The row in which the stack of each of the trie's samples ends. */
  readonly leaf: Int32Array;
}

/** Merges the stacks of these samples. */
export function stackPaths({ profile, stackStart, stackEnd }: Selection, samples: Uint32Array): StackPaths {
  const stacks = profile.samples.locations;
  const leaf = new Int32Array(profile.samples.length);
  const rows = new PathRows();
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    leaf[sample] = rows.row(stacks, stackStart[sample]!, stackEnd[sample]!);
  }
  return { ...rows.finish(), leaf };
}

/** The trie of these samples' stacks: of the selection's own paths where it has them. */
export function stackTrie(selection: Selection, samples: Uint32Array): StackTrie {
  const paths = selection.paths ?? stackPaths(selection, samples);
  const rowOf = new Int32Array(paths.length);
  for (let i = 0; i < samples.length; i++) rowOf[paths.leaf[samples[i]!]!] = 1;
  for (let row = paths.length - 1; row > 0; row--) if (rowOf[row] === 1) rowOf[paths.parent[row]!] = 1;
  const parent = new Int32Array(paths.length);
  const location = new Int32Array(paths.length);
  parent[0] = -1;
  location[0] = -1;
  rowOf[0] = 0;
  let length = 1;
  for (let row = 1; row < paths.length; row++) {
    if (rowOf[row] === 0) continue;
    parent[length] = rowOf[paths.parent[row]!]!;
    location[length] = paths.location[row]!;
    rowOf[row] = length++;
  }
  const child = new Int32Array(length);
  const sibling = new Int32Array(length);
  for (let row = length - 1; row > 0; row--) {
    const above = parent[row]!;
    sibling[row] = child[above]!;
    child[above] = row;
  }
  const leaf = new Int32Array(samples.length);
  for (let i = 0; i < samples.length; i++) leaf[i] = rowOf[paths.leaf[samples[i]!]!]!;
  return { length, parent: parent.subarray(0, length), location: location.subarray(0, length), child, sibling, leaf };
}

/** What the samples that end in each path are worth, and those that begin with it. */
export function sumPaths(
  { leaf, length, parent }: StackTrie,
  samples: Uint32Array,
  values: Float64Array,
): { self: Float64Array; total: Float64Array } {
  const self = new Float64Array(length);
  for (let i = 0; i < leaf.length; i++) self[leaf[i]!]! += values[samples[i]!]!;
  const total = self.slice();
  for (let row = length - 1; row > 0; row--) total[parent[row]!]! += total[row]!;
  return { self, total };
}

/** The stacks of a profile, merged while it is read: what `readProfile` takes as `stacks`. */
export class MergedStacks implements StackMerger {
  /** Undefined where the profile was such that its stacks had to be kept. */
  paths: StackPaths | undefined;
  readonly #rows = new PathRows();

  row(stacks: Uint32Array, first: number, end: number): number {
    return this.#rows.row(stacks, first, end);
  }

  finish(rows: Int32Array): void {
    this.paths = { ...this.#rows.finish(), leaf: rows };
  }

  copy(row: number, into: Uint32Array, at: number): void {
    const { parent, location } = this.paths!;
    for (let path = row; path > 0; path = parent[path]!) into[at++] = location[path]!;
  }
}

/** A row is two pairs of numbers, each pair side by side so that a step up or down reads one cache line. Upwards: */
const LOCATION = 0;
const PARENT = 1;
/** Downwards: */
const CHILD = 0;
const SIBLING = 1;
/** A path with more continuations than this finds them by hash and not one by one. */
const FEW = 8;

/** Paths while they grow. */
export class PathRows {
  #length = 1;
  #up = new Int32Array(2 * 4096);
  #down = new Int32Array(2 * 4096);
  #crowded = new Uint8Array(4096);
  readonly #children = new ChildTable();
  /** Whole stacks by hash: pairs of 1 and the row that they end in, and their hash. Most samples repeat a stack. */
  #known = new Int32Array(2 * 8192);
  #knownCount = 0;

  constructor() {
    this.#up[LOCATION] = -1;
    this.#up[PARENT] = -1;
  }

  get length(): number {
    return this.#length;
  }

  /**
   * The row of the stack between these two places. A stack that was there before is recognised by its hash and then
   * compared with the path upwards: of 900,000 stacks the different ones fill 6 MB, their paths 0.3 MB, which stays in
   * the cache.
   */
  row(stacks: Uint32Array, first: number, end: number): number {
    let hash = end - first;
    for (let at = first; at < end; at++) hash = Math.imul((hash ^ stacks[at]!) + (hash >>> 15), 0x9e3779b1);
    const known = this.#known;
    const up = this.#up;
    const mask = (known.length >> 1) - 1;
    let slot = (hash ^ (hash >>> 16)) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const leaf = known[2 * slot]! - 1;
      if (leaf < 0) break;
      if (known[2 * slot + 1] !== hash) continue;
      let row = leaf;
      let at = first;
      while (at < end && up[2 * row + LOCATION] === stacks[at]) {
        row = up[2 * row + PARENT]!;
        at++;
      }
      if (at === end && row === 0) return leaf;
    }
    let row = 0;
    for (let at = end - 1; at >= first; at--) row = this.child(row, stacks[at]!);
    known[2 * slot] = row + 1;
    known[2 * slot + 1] = hash;
    if (++this.#knownCount * 4 > known.length) this.#moreKnown();
    return row;
  }

  /** The row that goes on from `row` with this location; made where there is none. */
  child(row: number, location: number): number {
    const up = this.#up;
    const down = this.#down;
    const head = down[2 * row + CHILD]!;
    if (head === 0) return this.#append(row, location);
    if (up[2 * head + LOCATION] === location) return head;
    if (this.#crowded[row] === 1) {
      const known = this.#children.get(up, row, location);
      if (known !== 0) return known;
      const made = this.#append(row, location);
      this.#children.add(this.#up, made);
      return made;
    }
    let before = head;
    let count = 1;
    for (let child = down[2 * head + SIBLING]!; child !== 0; child = down[2 * child + SIBLING]!) {
      if (up[2 * child + LOCATION] === location) {
        // To the front: the next stack is likely to go on like this one.
        down[2 * before + SIBLING] = down[2 * child + SIBLING]!;
        down[2 * child + SIBLING] = head;
        down[2 * row + CHILD] = child;
        return child;
      }
      before = child;
      count++;
    }
    const made = this.#append(row, location);
    if (count >= FEW) {
      this.#crowded[row] = 1;
      for (let child = made; child !== 0; child = this.#down[2 * child + SIBLING]!) this.#children.add(this.#up, child);
    }
    return made;
  }

  finish(): Omit<StackPaths, "leaf"> {
    const length = this.#length;
    const parent = new Int32Array(length);
    const location = new Int32Array(length);
    for (let row = 0; row < length; row++) {
      parent[row] = this.#up[2 * row + PARENT]!;
      location[row] = this.#up[2 * row + LOCATION]!;
    }
    return { length, parent, location };
  }

  #append(parent: number, location: number): number {
    const row = this.#length++;
    if (row === this.#crowded.length) {
      this.#up = grown(this.#up, new Int32Array(4 * row));
      this.#down = grown(this.#down, new Int32Array(4 * row));
      this.#crowded = grown(this.#crowded, new Uint8Array(2 * row));
    }
    this.#up[2 * row + LOCATION] = location;
    this.#up[2 * row + PARENT] = parent;
    this.#down[2 * row + SIBLING] = this.#down[2 * parent + CHILD]!;
    this.#down[2 * parent + CHILD] = row;
    return row;
  }

  #moreKnown(): void {
    const before = this.#known;
    const known = new Int32Array(before.length * 4);
    const mask = (known.length >> 1) - 1;
    for (let i = 0; i < before.length; i += 2) {
      if (before[i] === 0) continue;
      const hash = before[i + 1]!;
      let slot = (hash ^ (hash >>> 16)) & mask;
      while (known[2 * slot] !== 0) slot = (slot + 1) & mask;
      known[2 * slot] = before[i]!;
      known[2 * slot + 1] = hash;
    }
    this.#known = known;
  }
}

/** The continuations of crowded paths, by path and location: an open hash table of rows. */
class ChildTable {
  #length = 0;
  #slots = new Int32Array(1024);

  /** 0 for none. */
  get(up: Int32Array, parent: number, location: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash(parent, location) & mask; ; slot = (slot + 1) & mask) {
      const row = slots[slot]!;
      if (row === 0 || (up[2 * row + LOCATION] === location && up[2 * row + PARENT] === parent)) return row;
    }
  }

  add(up: Int32Array, row: number): void {
    if (++this.#length * 2 > this.#slots.length) {
      const before = this.#slots;
      this.#slots = new Int32Array(before.length * 4);
      for (const known of before) if (known !== 0) this.#put(up, known);
    }
    this.#put(up, row);
  }

  #put(up: Int32Array, row: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash(up[2 * row + PARENT]!, up[2 * row + LOCATION]!) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = row;
  }
}

function hash(parent: number, location: number): number {
  let h = Math.imul(parent, 0x9e3779b1) ^ Math.imul(location, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
