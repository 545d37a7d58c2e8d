// Hot: four million rows in 30 ms, as none of them is looked for among those that are there. See bench/src/pages.ts.
import { grown } from "./grown.ts";
import type { PathTrie } from "./path-rows.ts";

/** Paths of locations that come in depth-first order, so that each goes on from one of those that are open. */
export class OrderedRows {
  length = 1;
  #parent: Int32Array<ArrayBuffer>;
  location: Int32Array<ArrayBuffer>;

  /** `room` is how many rows there may well be. */
  constructor(room: number = 4096) {
    this.#parent = new Int32Array(room);
    this.location = new Int32Array(room);
    this.#parent[0] = -1;
    this.location[0] = -1;
  }

  /** The row that goes on from `parent` with this location; `parent` is the last row or one that it goes on from. */
  add(parent: number, location: number): number {
    const row = this.length++;
    if (row === this.location.length) {
      this.#parent = grown(this.#parent, new Int32Array(2 * row));
      this.location = grown(this.location, new Int32Array(2 * row));
    }
    this.#parent[row] = parent;
    this.location[row] = location;
    return row;
  }

  finish(): PathTrie {
    const { length } = this;
    const parent = this.#parent.subarray(0, length);
    const end = new Int32Array(length);
    for (let row = length - 1; row >= 0; row--) {
      if (end[row] === 0) end[row] = row + 1;
      if (row > 0 && end[parent[row]!]! < end[row]!) end[parent[row]!] = end[row]!;
    }
    return { length, parent, location: this.location.subarray(0, length), end };
  }
}
