// Hot: a million rows in a quarter of a second; an entry of a hash table for each row took four times as long. See
// bench/src/pages.ts.
import { grown } from "./grown.ts";

/** A row is four numbers side by side, so that a step up or down reads one cache line. */
export const KEY = 0;
export const PARENT = 1;
/** The first path that is one longer, and the next one that goes on from the same path as this one; 0 for none. */
export const CHILD = 2;
export const SIBLING = 3;
/** A path with more continuations than this finds them by hash and not one by one. */
const FEW = 16;

/** Paths of locations in depth-first order: what goes on from a path stands behind it. Row 0 is the empty path. */
export interface PathTrie {
  readonly length: number;
  /** The path without its last location; -1 for row 0. */
  readonly parent: Int32Array;
  /** -1 for row 0. */
  readonly location: Int32Array;
  /** What goes on from row i are the rows after it, up to but without `end[i]`. */
  readonly end: Int32Array;
}

/** Paths of locations or frames, while they are found: a row each. A path stands behind the one that it goes on from. */
export class PathRows {
  /** Row 0 is the empty path, whose parent is -1. */
  length = 1;
  rows: Int32Array<ArrayBuffer>;
  #crowded: Uint8Array<ArrayBuffer>;
  readonly #children = new ChildTable();

  /** `room` is how many rows there may well be. */
  constructor(room: number = 4096) {
    this.rows = new Int32Array(4 * room);
    this.#crowded = new Uint8Array(room);
    this.rows[KEY] = -1;
    this.rows[PARENT] = -1;
  }

  /** The row that goes on from `row` with this key; made where there is none. */
  child(row: number, key: number): number {
    const { rows } = this;
    const head = rows[4 * row + CHILD]!;
    if (head === 0) return this.#append(row, key);
    if (rows[4 * head + KEY] === key) return head;
    if (this.#crowded[row] === 1) {
      const known = this.#children.get(rows, row, key);
      if (known !== 0) return known;
      const made = this.#append(row, key);
      this.#children.add(this.rows, made);
      return made;
    }
    let before = head;
    let count = 1;
    for (let child = rows[4 * head + SIBLING]!; child !== 0; child = rows[4 * child + SIBLING]!) {
      if (rows[4 * child + KEY] === key) {
        // To the front: the next stack is likely to go on like this one.
        rows[4 * before + SIBLING] = rows[4 * child + SIBLING]!;
        rows[4 * child + SIBLING] = head;
        rows[4 * row + CHILD] = child;
        return child;
      }
      before = child;
      count++;
    }
    const made = this.#append(row, key);
    if (count >= FEW) {
      this.#crowded[row] = 1;
      for (let child = made; child !== 0; child = this.rows[4 * child + SIBLING]!) this.#children.add(this.rows, child);
    }
    return made;
  }

  /** The paths in depth-first order, and where each of the rows has come to stand in it. */
  depthFirst(): { readonly trie: PathTrie; readonly place: Int32Array } {
    const { length, rows } = this;
    const size = new Int32Array(length).fill(1);
    for (let row = length - 1; row > 0; row--) size[rows[4 * row + PARENT]!]! += size[row]!;
    const place = new Int32Array(length);
    /** Where the next path that goes on from a row is put. */
    const next = new Int32Array(length);
    const parent = new Int32Array(length);
    const location = new Int32Array(length);
    const end = new Int32Array(length);
    parent[0] = -1;
    location[0] = -1;
    end[0] = length;
    next[0] = 1;
    for (let row = 1; row < length; row++) {
      const above = rows[4 * row + PARENT]!;
      const at = next[above]!;
      next[above] = at + size[row]!;
      next[row] = at + 1;
      place[row] = at;
      parent[at] = place[above]!;
      location[at] = rows[4 * row + KEY]!;
      end[at] = at + size[row]!;
    }
    return { trie: { length, parent, location, end }, place };
  }

  #append(parent: number, key: number): number {
    const row = this.length++;
    if (row === this.#crowded.length) {
      this.rows = grown(this.rows, new Int32Array(8 * row));
      this.#crowded = grown(this.#crowded, new Uint8Array(2 * row));
    }
    this.rows[4 * row + KEY] = key;
    this.rows[4 * row + PARENT] = parent;
    this.rows[4 * row + SIBLING] = this.rows[4 * parent + CHILD]!;
    this.rows[4 * parent + CHILD] = row;
    return row;
  }
}

/** The continuations of crowded paths, by path and key: an open hash table of rows. */
class ChildTable {
  #length = 0;
  #slots = new Int32Array(1024);

  /** 0 for none. */
  get(rows: Int32Array, parent: number, key: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash(parent, key) & mask; ; slot = (slot + 1) & mask) {
      const row = slots[slot]!;
      if (row === 0 || (rows[4 * row + KEY] === key && rows[4 * row + PARENT] === parent)) return row;
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
    let slot = hash(rows[4 * row + PARENT]!, rows[4 * row + KEY]!) & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = row;
  }
}

function hash(parent: number, key: number): number {
  let h = Math.imul(parent, 0x9e3779b1) ^ Math.imul(key, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  return h ^ (h >>> 13);
}
