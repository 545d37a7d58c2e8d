// Hot: 900,000 stacks with 41 million frames share 66,000 prefixes; whatever is summed over the trie and not over the
// stacks takes no time. See bench/src/tool.ts.
import type { Selection } from "./selection.ts";
import { StackTable } from "./stack-table.ts";

/** The stacks of some samples, merged by what they have in common at the root: one row a path of locations. */
export interface StackTrie {
  readonly length: number;
  /** The path without its last location; a row before this one. Row 0 is the empty path, whose parent is -1. */
  readonly parent: Int32Array;
  readonly location: Int32Array;
  /** The first row that goes on from this one, and the next that goes on from the same as this one; 0 for none. */
  readonly child: Int32Array;
  readonly sibling: Int32Array;
  /** The row in which each sample's stack ends. */
  readonly leaf: Int32Array;
}

/** A row is four numbers side by side, so that a step down reads one cache line: */
const LOCATION = 0;
const PARENT = 1;
const CHILD = 2;
const SIBLING = 3;
/** A path with more continuations than this finds them by hash and not one by one. */
const FEW = 8;

/** Merges the stacks of these samples. */
export function stackTrie(selection: Selection, samples: Uint32Array): StackTrie {
  const { profile, stackStart, stackEnd } = selection;
  const equal = new StackTable(selection);
  const leafOf = new Int32Array(profile.samples.length);
  const stacks = profile.samples.locations;
  let rows = new Int32Array(4 * 4096);
  rows[LOCATION] = -1;
  rows[PARENT] = -1;
  let length = 1;
  let crowded = new Uint8Array(4096);
  const children = new ChildTable();
  const leaf = new Int32Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const before = equal.first(sample);
    if (before !== sample) {
      leaf[i] = leafOf[before]!;
      continue;
    }
    const first = stackStart[sample]!;
    let row = 0;
    for (let at = stackEnd[sample]! - 1; at >= first; at--) {
      const location = stacks[at]!;
      const head = rows[4 * row + CHILD]!;
      let child = head;
      if (child !== 0 && rows[4 * child + LOCATION] !== location) {
        if (crowded[row] === 1) child = children.get(rows, row, location);
        else {
          let count = 1;
          let before = child;
          for (child = rows[4 * child + SIBLING]!; child !== 0; child = rows[4 * child + SIBLING]!) {
            if (rows[4 * child + LOCATION] === location) {
              // To the front: the next stack is likely to go on like this one.
              rows[4 * before + SIBLING] = rows[4 * child + SIBLING]!;
              rows[4 * child + SIBLING] = head;
              rows[4 * row + CHILD] = child;
              break;
            }
            before = child;
            count++;
          }
          if (child === 0 && count === FEW) {
            crowded[row] = 1;
            for (let known = head; known !== 0; known = rows[4 * known + SIBLING]!) children.add(rows, known);
          }
        }
      }
      if (child === 0) {
        child = length++;
        if (child === crowded.length) {
          const largerRows = new Int32Array(8 * child);
          largerRows.set(rows);
          rows = largerRows;
          const largerCrowded = new Uint8Array(2 * child);
          largerCrowded.set(crowded);
          crowded = largerCrowded;
        }
        rows[4 * child + LOCATION] = location;
        rows[4 * child + PARENT] = row;
        rows[4 * child + SIBLING] = head;
        rows[4 * row + CHILD] = child;
        if (crowded[row] === 1) children.add(rows, child);
      }
      row = child;
    }
    leaf[i] = row;
    leafOf[sample] = row;
  }
  const column = (word: number): Int32Array => {
    const values = new Int32Array(length);
    for (let row = 0; row < length; row++) values[row] = rows[4 * row + word]!;
    return values;
  };
  return {
    length,
    parent: column(PARENT),
    location: column(LOCATION),
    child: column(CHILD),
    sibling: column(SIBLING),
    leaf,
  };
}

/** The continuations of crowded paths, by path and location: an open hash table of rows. */
class ChildTable {
  #length = 0;
  #slots = new Int32Array(1024);

  /** 0 for none. */
  get(rows: Int32Array, parent: number, location: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash(parent, location) & mask; ; slot = (slot + 1) & mask) {
      const row = slots[slot]!;
      if (row === 0 || (rows[4 * row + LOCATION] === location && rows[4 * row + PARENT] === parent)) return row;
    }
  }

  add(rows: Int32Array, row: number): void {
    if (++this.#length * 2 > this.#slots.length) {
      const before = this.#slots;
      this.#slots = new Int32Array(before.length * 4);
      for (const known of before) if (known !== 0) this.#put(rows, known);
    }
    this.#put(rows, row);
  }

  #put(rows: Int32Array, row: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash(rows[4 * row + PARENT]!, rows[4 * row + LOCATION]!) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = row;
  }
}

function hash(parent: number, location: number): number {
  let h = Math.imul(parent, 0x9e3779b1) ^ Math.imul(location, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
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
