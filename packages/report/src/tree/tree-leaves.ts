// Hot: where 5 million stacks end in a tree of 1.8 million nodes is found in 0.3 s, a step for each path and not for each of
// their frames, which took 3.4 s. See bench/src/pages.ts.

import { groupRows } from "../stack/group-rows.ts";
import { stackPaths } from "../stack/stack-paths.ts";
import type { StackPaths } from "../stack/stack-rows.ts";
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
  const paths = stacks.selection.paths ?? stackPaths(stacks.selection, stacks.selection.samples);
  if (view === "leaves") return { tree: endsOfInverted(stacks, paths, trees.tree), callers: undefined };
  return endsFromRoot(stacks, paths, trees, view === "root" ? undefined : view);
}

function endsOfInverted(stacks: Stacks, paths: StackPaths, tree: CallTree): Int32Array {
  const { samples, profile } = stacks.selection;
  const ends = new Int32Array(profile.samples.length).fill(-1);
  const outwards = new Outwards(stacks, paths, tree);
  // By path, its node plus 1. Where labels are around it, each sample has a way of its own.
  const known = new Int32Array(paths.labels === undefined ? paths.length : 0);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const path = paths.leaf[sample]!;
    ends[sample] = known[path]! > 0 ? known[path]! - 1 : outwards.fromLeaf(sample);
    if (known.length > 0) known[path] = ends[sample]! + 1;
  }
  return ends;
}

/** What a way has come to: a node from which it goes on, nothing as long as it has not met the pivot, or its end: `endAt`. */
const NOTHING = -1;
const endAt = (node: number): number => -2 - node;
const nodeOf = (way: number): number => (way < NOTHING ? -2 - way : way);

/** A way is that of the stack without its last location, and a step. */
function endsFromRoot(
  stacks: Stacks,
  paths: StackPaths,
  trees: PartialTrees,
  isPivot: Uint8Array | undefined,
): TreeLeaves {
  const { selection, frames } = stacks;
  const { samples, profile } = selection;
  const { start } = selection.frames;
  const { rowOf } = frames;
  const { length, parent, location, leaf } = paths;
  const { above = [], below = [] } = paths.labels ?? {};
  const inwards = new Ways(trees.tree);
  const outwards = trees.callers && new Outwards(stacks, paths, trees.callers);
  const ends = new Int32Array(profile.samples.length).fill(NOTHING);
  const callerEnds = outwards && new Int32Array(profile.samples.length).fill(-1);
  // Below labels a path has another way than below others: samples come in the order of their labels.
  const groups = above.length === 0 ? undefined : paths.labels!.groups();
  const groupOf = groups && Int32Array.from(samples, (sample) => groups.of[sample]!);
  const order = groupOf && groupRows(groupOf, groups.sample.length).rows;
  const ways = new Int32Array(length);
  const callers = new Int32Array(outwards === undefined ? 0 : length);
  /** Below which labels, as a number of a group plus 1, a path's way is. */
  const madeFor = new Int32Array(length);
  const path = new Int32Array(length);
  let way = 0;
  let caller = -1;
  /** Goes on along the frames of a location; `outside` is what is around it, for a way that meets the pivot there. */
  const step = (at: number, sample: number, labelsBelow: number, outside: number, labelsAbove: number): void => {
    for (let frame = start[at + 1]! - 1; frame >= start[at]! && way >= NOTHING; frame--) {
      const row = rowOf[frame]!;
      if (way === NOTHING) {
        if (isPivot![row] === 0) continue;
        caller = outwards!.from(frame, at, sample, labelsBelow, outside, labelsAbove);
        way = 0;
      }
      const next = inwards.child(way, row);
      way = next < 0 ? endAt(way) : next;
    }
  };
  for (let i = 0; i < samples.length; i++) {
    const place = order === undefined ? i : order[i]!;
    const sample = samples[place]!;
    const group = groupOf === undefined ? 1 : groupOf[place]! + 1;
    let steps = 0;
    let row = leaf[sample]!;
    for (; row > 0 && madeFor[row] !== group; row = parent[row]!) path[steps++] = row;
    if (madeFor[row] !== group) {
      way = isPivot === undefined ? 0 : NOTHING;
      caller = -1;
      for (let key = 0; key < above.length; key++)
        if (above[key]![sample]! >= 0) step(above[key]![sample]!, sample, -1, 0, key - 1);
      madeFor[0] = group;
      ways[0] = way;
      if (outwards !== undefined) callers[0] = caller;
    }
    way = ways[row]!;
    if (outwards !== undefined) caller = callers[row]!;
    while (steps > 0) {
      row = path[--steps]!;
      if (way >= NOTHING) step(location[row]!, sample, -1, parent[row]!, above.length - 1);
      madeFor[row] = group;
      ways[row] = way;
      if (outwards !== undefined) callers[row] = caller;
    }
    for (let key = 0; key < below.length; key++)
      if (below[key]![sample]! >= 0) step(below[key]![sample]!, sample, key - 1, leaf[sample]!, above.length - 1);
    ends[sample] = nodeOf(way);
    if (callerEnds !== undefined) callerEnds[sample] = caller;
  }
  return { tree: ends, callers: callerEnds };
}

/** Follows stacks outwards down a tree, no further than that is made. */
class Outwards {
  readonly #start: Uint32Array;
  readonly #rowOf: Uint32Array;
  readonly #paths: StackPaths;
  readonly #ways: Ways;

  constructor({ selection, frames }: Stacks, paths: StackPaths, tree: CallTree) {
    this.#start = selection.frames.start;
    this.#rowOf = frames.rowOf;
    this.#paths = paths;
    this.#ways = new Ways(tree);
  }

  /** The node that a whole stack leads to from its innermost frame on. */
  fromLeaf(sample: number): number {
    const { leaf, labels } = this.#paths;
    const { above = [], below = [] } = labels ?? {};
    return this.from(0, -1, sample, below.length - 1, leaf[sample]!, above.length - 1);
  }

  /**
   * The node that a stack leads to from a frame of a location on: along its labels below up to that key, the path, and the
   * labels above up to that key. Location -1 stands for none.
   */
  from(frame: number, location: number, sample: number, below: number, path: number, above: number): number {
    const { location: locations, parent, labels } = this.#paths;
    let node = 0;
    for (let at = location, first = frame, key = below, row = path, last = above; ; ) {
      for (const end = at < 0 ? first : this.#start[at + 1]!; first < end; first++) {
        const next = this.#ways.child(node, this.#rowOf[first]!);
        if (next < 0) return node;
        node = next;
      }
      if (key >= 0) at = labels!.below[key--]![sample]!;
      else if (row > 0) {
        at = locations[row]!;
        row = parent[row]!;
      } else if (last >= 0) at = labels!.above[last--]![sample]!;
      else return node;
      first = at < 0 ? 0 : this.#start[at]!;
    }
  }
}

/** The children of a tree's nodes. A node's are tried one by one; where there are more than a few, by a map. */
class Ways {
  readonly #tree: CallTree;
  readonly #wide = new Map<number, Map<number, number>>();

  constructor(tree: CallTree) {
    this.#tree = tree;
  }

  /** The child of a node that has this frame; -1 for none. */
  child(node: number, frame: number): number {
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
