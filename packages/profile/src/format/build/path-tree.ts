/** More locations than a profile can have: V8 holds no map of so many. */
const MOST_LOCATIONS = 2 ** 24;

/** Stacks as a tree, while it grows: each path of locations from a root once. */
export class PathTree {
  readonly #parent: number[] = [];
  readonly #location: number[] = [];
  readonly #depth: number[] = [];
  /** The nodes by parent and location: one map, since one for each node takes five times the memory. */
  readonly #nodes = new Map<number, number>();

  /** The node of a call to `location` out of node `parent`, or out of none where that is -1. */
  child(parent: number, location: number): number {
    const key = (parent + 1) * MOST_LOCATIONS + location;
    let node = this.#nodes.get(key);
    if (node === undefined) {
      node = this.#parent.push(parent) - 1;
      this.#location.push(location);
      this.#depth.push(this.depth(parent) + 1);
      this.#nodes.set(key, node);
    }
    return node;
  }

  get length(): number {
    return this.#parent.length;
  }

  parent(node: number): number {
    return this.#parent[node]!;
  }

  location(node: number): number {
    return this.#location[node]!;
  }

  /** How many locations its stack has. */
  depth(node: number): number {
    return node < 0 ? 0 : this.#depth[node]!;
  }

  /** The locations of a node and its callers, leaf first. */
  stack(node: number): number[] {
    const stack: number[] = [];
    for (let up = node; up >= 0; up = this.#parent[up]!) stack.push(this.#location[up]!);
    return stack;
  }
}
