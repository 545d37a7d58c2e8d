// Hot: where 900,000 stacks end in a tree is looked for once a path, in 50 ms. See bench/src/pages.ts.

import { stackPaths } from "../stack/stack-paths.ts";
import type { Stacks } from "./call-tree.ts";
import type { PartialTrees } from "./partial-trees.ts";
import type { CallTree } from "./tree-columns.ts";

/** By row of the profile's samples, the node that its stack ends at, as far as the tree is made; -1 for those that are not in it. */
export interface TreeLeaves {
  readonly tree: Int32Array;
  readonly callers: Int32Array | undefined;
}

/** Where stacks end in the trees that `partialTrees` made of them with this view. */
export function treeLeaves(stacks: Stacks, trees: PartialTrees, view: "root" | "leaves" | Uint8Array): TreeLeaves {
  const { selection, frames } = stacks;
  const { samples, profile } = selection;
  const { start } = selection.frames;
  const { length, parent, location, leaf, labels } = selection.paths ?? stackPaths(selection, samples);
  const ends = new Int32Array(profile.samples.length).fill(-1);
  const callerEnds = trees.callers && new Int32Array(profile.samples.length).fill(-1);
  const inwards = new Ways(trees.tree);
  const outwards = trees.callers && new Ways(trees.callers);
  const isPivot = typeof view === "string" ? undefined : view;
  /** A stack from its innermost frame on. */
  const stack: number[] = [];
  const push = (at: number): void => {
    for (let frame = start[at]!; frame < start[at + 1]!; frame++) stack.push(frames.rowOf[frame]!);
  };
  const { above = [], below = [] } = labels ?? {};
  // By path, the first sample that ends in it. Without labels the others with this path end in the same node.
  const known = new Int32Array(length).fill(-1);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const like = known[leaf[sample]!]!;
    if (like >= 0) {
      ends[sample] = ends[like]!;
      if (callerEnds !== undefined) callerEnds[sample] = callerEnds[like]!;
      continue;
    }
    if (labels === undefined) known[leaf[sample]!] = sample;
    stack.length = 0;
    for (let key = below.length - 1; key >= 0; key--) if (below[key]![sample]! >= 0) push(below[key]![sample]!);
    for (let path = leaf[sample]!; path > 0; path = parent[path]!) push(location[path]!);
    for (let key = above.length - 1; key >= 0; key--) if (above[key]![sample]! >= 0) push(above[key]![sample]!);
    let outermost = stack.length - 1;
    if (isPivot !== undefined) {
      while (outermost >= 0 && isPivot[stack[outermost]!] === 0) outermost--;
      if (outermost < 0) continue;
    }
    ends[sample] = view === "leaves" ? inwards.along(stack, 0, 1) : inwards.along(stack, outermost, -1);
    if (outwards !== undefined) callerEnds![sample] = outwards.along(stack, outermost, 1);
  }
  return { tree: ends, callers: callerEnds };
}

/** Follows stacks down a tree. A node's children are tried one by one; where there are more than a few, by a map. */
class Ways {
  readonly #tree: CallTree;
  readonly #wide = new Map<number, Map<number, number>>();

  constructor(tree: CallTree) {
    this.#tree = tree;
  }

  /** The node that a stack leads to from one of its frames on, as far as the tree goes. */
  along(stack: readonly number[], from: number, step: number): number {
    let node = 0;
    for (let i = from; i >= 0 && i < stack.length; i += step) {
      const next = this.#child(node, stack[i]!);
      if (next < 0) break;
      node = next;
    }
    return node;
  }

  #child(node: number, frame: number): number {
    const { firstChild, frame: frames } = this.#tree;
    const first = firstChild[node]!;
    const end = firstChild[node + 1]!;
    if (end - first > 16) return this.#childrenOf(node).get(frame) ?? -1;
    for (let child = first; child < end; child++) if (frames[child] === frame) return child;
    return -1;
  }

  #childrenOf(node: number): Map<number, number> {
    let children = this.#wide.get(node);
    if (children === undefined) {
      const { firstChild, frame } = this.#tree;
      children = new Map();
      for (let child = firstChild[node]!; child < firstChild[node + 1]!; child++) children.set(frame[child]!, child);
      this.#wide.set(node, children);
    }
    return children;
  }
}
