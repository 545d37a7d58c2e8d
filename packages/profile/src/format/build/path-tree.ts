/** Stacks as a tree, while it grows: each path of locations from a root once. */
export class PathTree {
  readonly #parent: number[] = [];
  readonly #location: number[] = [];
  readonly #children = new Map<number, Map<number, number>>();

  /** The node of a call to `location` out of node `parent`, or out of none where that is -1. */
  child(parent: number, location: number): number {
    let children = this.#children.get(parent);
    if (children === undefined) {
      children = new Map();
      this.#children.set(parent, children);
    }
    let node = children.get(location);
    if (node === undefined) {
      node = this.#parent.push(parent) - 1;
      this.#location.push(location);
      children.set(location, node);
    }
    return node;
  }

  parent(node: number): number {
    return this.#parent[node]!;
  }

  location(node: number): number {
    return this.#location[node]!;
  }

  /** Gives each node in the order of their coming, with what makes its stack, leaf first. */
  forEach(visit: (node: number, stack: () => number[]) => void): void {
    for (let node = 0; node < this.#parent.length; node++) {
      visit(node, () => {
        const stack: number[] = [];
        for (let up = node; up >= 0; up = this.#parent[up]!) stack.push(this.#location[up]!);
        return stack;
      });
    }
  }
}
