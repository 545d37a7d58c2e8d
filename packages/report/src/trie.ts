// Hot: a million nodes in a quarter of a second; an entry of a hash table for each node took four times as long.
import type { CallTree } from "./call-tree.ts";
import { grown } from "./grown.ts";

/** A node is four numbers side by side, so that a step down reads one cache line: */
const FRAME = 0;
const PARENT = 1;
const CHILD = 2;
const SIBLING = 3;
/** From so many children on, a node's children are found by hash and not by walking along them. */
const WIDE = 24;

/** A call tree that grows by one stack at a time; its nodes stand in the order in which they were made. */
export class Trie {
  #length = 1;
  #nodes: Int32Array = new Int32Array(4 * 4096);
  #self = new Float64Array(4096);
  /** Sums of absolute values, kept from the first negative value on. */
  #size: Float64Array<ArrayBuffer> | undefined;
  #wide = new Uint8Array(4096);
  readonly #wideChildren = new ChildTable();

  constructor() {
    this.#nodes[FRAME] = -1;
    this.#nodes[PARENT] = -1;
  }

  /** The child of a node that has this frame; made where there is none. */
  child(parent: number, frame: number): number {
    const nodes = this.#nodes;
    const first = nodes[4 * parent + CHILD]!;
    if (first === 0) return this.#append(parent, frame);
    if (nodes[4 * first + FRAME] === frame) return first;
    if (this.#wide[parent] === 1) {
      const known = this.#wideChildren.get(nodes, parent, frame);
      if (known !== 0) return known;
      const made = this.#append(parent, frame);
      this.#wideChildren.set(this.#nodes, made);
      return made;
    }
    let before = first;
    let count = 1;
    for (let node = nodes[4 * first + SIBLING]!; node !== 0; node = nodes[4 * node + SIBLING]!) {
      if (nodes[4 * node + FRAME] === frame) {
        // To the front: the next stack most likely comes this way too.
        nodes[4 * before + SIBLING] = nodes[4 * node + SIBLING]!;
        nodes[4 * node + SIBLING] = first;
        nodes[4 * parent + CHILD] = node;
        return node;
      }
      before = node;
      count++;
    }
    const made = this.#append(parent, frame);
    if (count + 1 >= WIDE) {
      this.#wide[parent] = 1;
      const all = this.#nodes;
      for (let node = all[4 * parent + CHILD]!; node !== 0; node = all[4 * node + SIBLING]!)
        this.#wideChildren.set(all, node);
    }
    return made;
  }

  /** Ends stacks of this value, the sum of whose absolute values is `size`, at a node. */
  add(node: number, value: number, size: number): void {
    if (value !== size && this.#size === undefined) this.#size = this.#self.slice();
    this.#self[node]! += value;
    if (this.#size !== undefined) this.#size[node]! += size;
  }

  /** The tree in rows; the trie is used up. */
  finish(): CallTree {
    const length = this.#length;
    const nodes = this.#nodes;
    const sums = (of: Float64Array): Float64Array => {
      for (let node = length - 1; node > 0; node--) of[nodes[4 * node + PARENT]!]! += of[node]!;
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
    const rows = [0];
    let siblings = new Uint32Array(64);
    let end = 1;
    parent[0] = -1;
    for (let place = 0, rowEnd = 1; place < length; place++) {
      if (place === rowEnd) {
        rows.push(place);
        rowEnd = end;
      }
      const node = order[place]!;
      frame[place] = nodes[4 * node + FRAME]!;
      total[place] = made[node]!;
      if (width !== total) width[place] = size[node]!;
      firstChild[place] = end;
      let left = start[place]!;
      let count = 0;
      for (let child = nodes[4 * node + CHILD]!; child !== 0; child = nodes[4 * child + SIBLING]!) {
        if (count === siblings.length) {
          siblings = grown(siblings, new Uint32Array(count * 2));
        }
        siblings[count++] = child;
      }
      if (count > 1) sortSiblings(siblings, count, size, nodes);
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
    rows.push(length);
    return { length, frame, parent, firstChild, rowStart: Uint32Array.from(rows), total, start, width };
  }

  #append(parent: number, frame: number): number {
    const node = this.#length++;
    if (node === this.#self.length) this.#grow();
    const nodes = this.#nodes;
    const at = 4 * node;
    nodes[at + FRAME] = frame;
    nodes[at + PARENT] = parent;
    nodes[at + SIBLING] = nodes[4 * parent + CHILD]!;
    nodes[4 * parent + CHILD] = node;
    return node;
  }

  #grow(): void {
    const room = this.#self.length * 2;
    this.#nodes = grown(this.#nodes, new Int32Array(4 * room));
    this.#self = grown(this.#self, new Float64Array(room));
    if (this.#size !== undefined) this.#size = grown(this.#size, new Float64Array(room));
    this.#wide = grown(this.#wide, new Uint8Array(room));
  }
}

/** The children of wide nodes by parent and frame, in an open hash table of node numbers. */
class ChildTable {
  #length = 0;
  #slots: Int32Array = new Int32Array(1024);

  get(nodes: Int32Array, parent: number, frame: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(parent, frame) & mask; ; slot = (slot + 1) & mask) {
      const node = this.#slots[slot]!;
      if (node === 0 || (nodes[4 * node + FRAME] === frame && nodes[4 * node + PARENT] === parent)) return node;
    }
  }

  set(nodes: Int32Array, node: number): void {
    if (++this.#length * 2 > this.#slots.length) {
      const before = this.#slots;
      this.#slots = new Int32Array(before.length * 2);
      for (const known of before) if (known !== 0) this.#put(nodes, known);
    }
    this.#put(nodes, node);
  }

  #put(nodes: Int32Array, node: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash(nodes[4 * node + PARENT]!, nodes[4 * node + FRAME]!) & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = node;
  }
}

function hash(parent: number, frame: number): number {
  let value = Math.imul(parent, 0x9e3779b1) ^ Math.imul(frame, 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 15), 0xc2b2ae35);
  return value ^ (value >>> 13);
}

/** Puts wider siblings first, and equal ones in the order of their frames. */
function sortSiblings(siblings: Uint32Array, count: number, size: Float64Array, nodes: Int32Array): void {
  const before = (a: number, b: number): number => size[b]! - size[a]! || nodes[4 * a]! - nodes[4 * b]!;
  if (count > WIDE) {
    siblings.subarray(0, count).sort(before);
    return;
  }
  for (let i = 1; i < count; i++) {
    const node = siblings[i]!;
    let k = i - 1;
    while (k >= 0 && before(siblings[k]!, node) > 0) {
      siblings[k + 1] = siblings[k]!;
      k--;
    }
    siblings[k + 1] = node;
  }
}
