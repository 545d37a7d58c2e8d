// Hot: a million nodes are made of their stacks in a third of a second. See bench/src/pages.ts.

import { grown } from "../stack/grown.ts";
import { CHILD, KEY, PARENT, PathRows, SIBLING } from "../stack/path-rows.ts";
import { sortSiblings } from "./sort-siblings.ts";
import type { CallTree } from "./tree-columns.ts";

/** A call tree that grows by one stack at a time; its nodes stand in the order in which they were made. */
export class Trie {
  readonly #rows = new PathRows();
  #self = new Float64Array(4096);
  /** Sums of absolute values, kept from the first negative value on. */
  #size: Float64Array<ArrayBuffer> | undefined;

  /** The child of a node that has this frame; made where there is none. */
  child(parent: number, frame: number): number {
    return this.#rows.child(parent, frame);
  }

  /** Ends stacks of this value, the sum of whose absolute values is `size`, at a node. */
  add(node: number, value: number, size: number): void {
    if (node >= this.#self.length) this.#grow();
    if (value !== size && this.#size === undefined) this.#size = this.#self.slice();
    this.#self[node]! += value;
    if (this.#size !== undefined) this.#size[node]! += size;
  }

  /** The tree in rows; the trie is used up. */
  finish(): CallTree {
    const { length, rows } = this.#rows;
    if (length > this.#self.length) this.#grow();
    const sums = (of: Float64Array): Float64Array => {
      for (let node = length - 1; node > 0; node--) of[rows[4 * node + PARENT]!]! += of[node]!;
      return of;
    };
    const made = sums(this.#self);
    const size = this.#size === undefined ? made : sums(this.#size);

    const order = new Uint32Array(length);
    const frame = new Int32Array(length);
    const parent = new Int32Array(length);
    const firstChild = new Uint32Array(length + 1);
    const total = new Float64Array(length);
    const start = new Float64Array(length);
    const width = this.#size === undefined ? total : new Float64Array(length);
    const rowStart = [0];
    // Equal ones stand in the order of their frames.
    const widerFirst = (a: number, b: number): number => size[b]! - size[a]! || rows[4 * a + KEY]! - rows[4 * b + KEY]!;
    let siblings = new Int32Array(64);
    let end = 1;
    parent[0] = -1;
    for (let place = 0, rowEnd = 1; place < length; place++) {
      if (place === rowEnd) {
        rowStart.push(place);
        rowEnd = end;
      }
      const node = order[place]!;
      frame[place] = rows[4 * node + KEY]!;
      total[place] = made[node]!;
      if (width !== total) width[place] = size[node]!;
      firstChild[place] = end;
      let left = start[place]!;
      let count = 0;
      for (let child = rows[4 * node + CHILD]!; child !== 0; child = rows[4 * child + SIBLING]!) {
        if (count === siblings.length) siblings = grown(siblings, new Int32Array(count * 2));
        siblings[count++] = child;
      }
      if (count > 1) sortSiblings(siblings, count, widerFirst);
      for (let i = 0; i < count; i++) {
        const child = siblings[i]!;
        order[end] = child;
        parent[end] = place;
        start[end] = left;
        left += size[child]!;
        end++;
      }
    }
    firstChild[length] = length;
    rowStart.push(length);
    return { length, frame, parent, firstChild, rowStart: Uint32Array.from(rowStart), total, start, width };
  }

  #grow(): void {
    const room = 2 * this.#rows.length;
    this.#self = grown(this.#self, new Float64Array(room));
    if (this.#size !== undefined) this.#size = grown(this.#size, new Float64Array(room));
  }
}
