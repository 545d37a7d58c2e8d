// Hot: goes over a million stacks for the tags of their nodes, with the sums 1.4 s of processor time where chains of the nodes
// that stacks share took 2.2. See the shape `narrow` of bench/src/shapes.ts.
import type { CallPaths } from "./call-paths.ts";
import { HIDDEN, locationNodes, SEVERAL } from "./location-nodes.ts";
import type { Walk } from "./walk.ts";

/** Sees a stack: the first `count` of `nodes` are those on it, each once; `leaf` is the one that it ends in, or -1. */
export type SeeStack = (stack: number, nodes: Int32Array, count: number, leaf: number) => void;

/** Stacks as nodes whose tags are wanted; these are numbered from 0 on. */
export interface TagStacks {
  /** By such a number, the node. */
  readonly nodes: Int32Array;
  /** The stack of each of the walk's samples; all numbers are below `length`. */
  readonly of: Int32Array;
  readonly length: number;
  /** Goes over all stacks. */
  readonly each: (see: SeeStack) => void;
}

/** The stacks of a graph. */
export function graphTagStacks({ stacks, nodeOf }: Walk, isWanted: Uint8Array): TagStacks {
  const { length, shared, start, locations, deepest, of: stackOf } = stacks.shared();
  const { nodes, numberOf } = numbered(isWanted);
  const wanted = nodeOf.map((node) => (node >= 0 ? numberOf[node]! : -1));
  const { of, lists } = locationNodes(stacks.selection.frames.start, wanted);
  return {
    nodes,
    of: stackOf,
    length,
    each: (see) => {
      const isOpen = new Uint8Array(nodes.length);
      // One more, for one that turns out to be open already.
      const open = new Int32Array(nodes.length + 1);
      let count = 0;
      // By depth: how many nodes are open, and the innermost node where that is wanted.
      const openAt = new Int32Array(deepest + 1);
      const leafAt = new Int32Array(deepest + 1).fill(-1);
      for (let stack = 0; stack < length; stack++) {
        let depth = shared[stack]!;
        for (const until = openAt[depth]!; count > until; ) isOpen[open[--count]!] = 0;
        for (let at = start[stack]!; at < start[stack + 1]!; at++) {
          let node = of[locations[at]!]!;
          if (node >= 0) {
            open[count] = node;
            count += 1 - isOpen[node]!;
            isOpen[node] = 1;
          } else if (node <= SEVERAL) {
            const list = SEVERAL - node;
            const last = list + lists[list]!;
            for (let i = list + 1; i <= last; i++) {
              node = lists[i]!;
              if (node < 0) continue;
              open[count] = node;
              count += 1 - isOpen[node]!;
              isOpen[node] = 1;
            }
          } else if (node === HIDDEN) node = leafAt[depth]!;
          depth++;
          openAt[depth] = count;
          leafAt[depth] = node;
        }
        see(stack, open, count, leafAt[depth]!);
      }
    },
  };
}

/** The stacks of a tree, in which every path is a node of its own. */
export function treeTagStacks(
  { parent, leaf, length }: Pick<CallPaths, "parent" | "leaf" | "length">,
  isWanted: Uint8Array,
): TagStacks {
  const { nodes, numberOf } = numbered(isWanted);
  /** By path, plus 1, the last wanted one on it, and by number that before it. */
  const last = new Int32Array(length + 1).fill(-1);
  const before = new Int32Array(nodes.length);
  for (let row = 0; row < length; row++) {
    const above = last[parent[row]! + 1]!;
    const number = numberOf[row]!;
    last[row + 1] = number < 0 ? above : number;
    if (number >= 0) before[number] = above;
  }
  const isStack = new Uint8Array(length + 1);
  for (let i = 0; i < leaf.length; i++) isStack[leaf[i]! + 1] = 1;
  return {
    nodes,
    // Stack 0 is the empty one.
    of: leaf.map((row) => row + 1),
    length: length + 1,
    each: (see) => {
      const open = new Int32Array(nodes.length);
      for (let stack = 1; stack <= length; stack++) {
        if (isStack[stack] === 0) continue;
        let count = 0;
        for (let number = last[stack]!; number >= 0; number = before[number]!) open[count++] = number;
        see(stack, open, count, numberOf[stack - 1]!);
      }
    },
  };
}

/** The nodes with a 1, and by node its number among them, or -1. */
function numbered(isWanted: Uint8Array): { readonly nodes: Int32Array; readonly numberOf: Int32Array } {
  const nodes = new Int32Array(isWanted.length);
  const numberOf = new Int32Array(isWanted.length).fill(-1);
  let count = 0;
  for (let node = 0; node < isWanted.length; node++) {
    if (isWanted[node] === 0) continue;
    nodes[count] = node;
    numberOf[node] = count++;
  }
  return { nodes: nodes.subarray(0, count), numberOf };
}
