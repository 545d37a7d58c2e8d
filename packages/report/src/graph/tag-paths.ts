import { KEY, PARENT, PathRows } from "../stack/path-rows.ts";
import type { CallPaths } from "./call-paths.ts";
import { HIDDEN, locationNodes, SEVERAL } from "./location-nodes.ts";
import type { Walk } from "./walk.ts";

/**
 * For each sample the nodes on its stack whose tags are wanted, each once. They are kept as chains of links from the
 * innermost to the outermost, which samples share: `main;a;b` and `main;a;c` have the links of `main` and `a` in common.
 */
export interface TagPaths {
  /** Each sample's last link, -1 for none. */
  readonly last: Int32Array;
  /** The wanted node that each sample's stack ends in, -1 for none. */
  readonly leaf: Int32Array;
  /** By link: the one of its caller, or -1, and its node. */
  readonly before: ArrayLike<number>;
  readonly node: ArrayLike<number>;
}

/** The chains of a graph's stacks. */
export function graphTagPaths({ stacks, nodeOf, nodeCount }: Walk, isWanted: Uint8Array): TagPaths {
  const { length, shared, start, locations, deepest, of: stackOf } = stacks.shared();
  const wanted = nodeOf.map((node) => (node >= 0 && isWanted[node] === 1 ? node : -1));
  const { of, lists } = locationNodes(stacks.selection.frames.start, wanted);
  const links = new PathRows();
  const isOpen = new Uint8Array(nodeCount);
  const open: number[] = [];
  // By depth: how many nodes are open, the last link, and the innermost node where that is wanted.
  const openAt = new Int32Array(deepest + 1);
  const linkAt = new Int32Array(deepest + 1);
  const leafAt = new Int32Array(deepest + 1).fill(-1);
  const last = new Int32Array(length);
  const leaf = new Int32Array(length);
  for (let stack = 0; stack < length; stack++) {
    let depth = shared[stack]!;
    while (open.length > openAt[depth]!) isOpen[open.pop()!] = 0;
    for (let at = start[stack]!; at < start[stack + 1]!; at++) {
      const node = of[locations[at]!]!;
      let link = linkAt[depth]!;
      let innermost = node === HIDDEN ? leafAt[depth]! : -1;
      const list = SEVERAL - node;
      const count = node >= 0 ? 1 : node <= SEVERAL ? lists[list]! : 0;
      for (let i = 1; i <= count; i++) {
        innermost = node >= 0 ? node : lists[list + i]!;
        if (innermost < 0 || isOpen[innermost] === 1) continue;
        isOpen[innermost] = 1;
        open.push(innermost);
        link = links.child(link, innermost);
      }
      depth++;
      openAt[depth] = open.length;
      linkAt[depth] = link;
      leafAt[depth] = innermost;
    }
    last[stack] = linkAt[depth]! - 1;
    leaf[stack] = leafAt[depth]!;
  }
  // Row 0 of the links stands for none.
  const before = new Int32Array(links.length - 1);
  const nodeOfLink = new Int32Array(links.length - 1);
  for (let link = 0; link < before.length; link++) {
    before[link] = links.rows[4 * link + 4 + PARENT]! - 1;
    nodeOfLink[link] = links.rows[4 * link + 4 + KEY]!;
  }
  return {
    last: stackOf.map((stack) => last[stack]!),
    leaf: stackOf.map((stack) => leaf[stack]!),
    before,
    node: nodeOfLink,
  };
}

/** The chains of a tree's paths, in which every path is a node of its own. */
export function treeTagPaths(
  { parent, leaf, length }: Pick<CallPaths, "parent" | "leaf" | "length">,
  isWanted: Uint8Array,
): TagPaths {
  const before: number[] = [];
  const node: number[] = [];
  const last = new Int32Array(length).fill(-1);
  for (let row = 0; row < length; row++) {
    const link = parent[row]! < 0 ? -1 : last[parent[row]!]!;
    if (isWanted[row] === 1) {
      before.push(link);
      last[row] = node.push(row) - 1;
    } else last[row] = link;
  }
  return {
    last: leaf.map((row) => (row < 0 ? -1 : last[row]!)),
    leaf: leaf.map((row) => (row < 0 || isWanted[row] === 0 ? -1 : row)),
    before,
    node,
  };
}
