import { PairTable } from "../stack/pair-table.ts";
import type { CallPaths } from "./call-paths.ts";
import { HIDDEN, nodeOfLocations, SEVERAL, type Walk } from "./walk.ts";

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
export function graphTagPaths(walk: Walk, isWanted: Uint8Array): TagPaths {
  return walk.stacks.selection.paths === undefined ? stackTagPaths(walk, isWanted) : pathTagPaths(walk, isWanted);
}

/** Stack by stack. */
function stackTagPaths(walk: Walk, isWanted: Uint8Array): TagPaths {
  const { stacks } = walk;
  const nodeOf = walk.nodeOf.map((node) => (node >= 0 && isWanted[node] === 1 ? node : -1));
  const { start: frameStart } = stacks.selection.frames;
  const { locations } = stacks.selection.profile.samples;
  const { length, start, end, of } = stacks.distinct();
  const nodes = nodeOfLocations({ ...walk, nodeOf });
  const links = new PairTable();
  // The number of the last stack in which a node was seen, counted from 1.
  const seen = new Int32Array(walk.nodeCount);
  const last = new Int32Array(length);
  const leaf = new Int32Array(length);
  for (let stack = 0; stack < length; stack++) {
    let link = -1;
    let innermost = -1;
    for (let at = end[stack]! - 1; at >= start[stack]!; at--) {
      const location = locations[at]!;
      const node = nodes[location]!;
      if (node === HIDDEN) continue;
      innermost = node;
      if (node >= 0) {
        if (seen[node] !== stack + 1) {
          seen[node] = stack + 1;
          link = links.row(link + 1, node);
        }
      } else if (node === SEVERAL) {
        for (let frame = frameStart[location + 1]! - 1; frame >= frameStart[location]!; frame--) {
          innermost = nodeOf[frame]!;
          if (innermost < 0 || seen[innermost] === stack + 1) continue;
          seen[innermost] = stack + 1;
          link = links.row(link + 1, innermost);
        }
      }
    }
    last[stack] = link;
    leaf[stack] = innermost;
  }
  return {
    last: of.map((stack) => last[stack]!),
    leaf: of.map((stack) => leaf[stack]!),
    before: links.first.map((above) => above - 1),
    node: links.second,
  };
}

/** Along the paths that the stacks are known as. */
function pathTagPaths({ stacks, nodeOf }: Walk, isWanted: Uint8Array): TagPaths {
  const { parent, location, leaf, length } = stacks.trie();
  const { start } = stacks.selection.frames;
  const before: number[] = [];
  const node: number[] = [];
  const last = new Int32Array(length).fill(-1);
  const ends = new Int32Array(length).fill(-1);
  for (let row = 1; row < length; row++) {
    let link = last[parent[row]!]!;
    let end = ends[parent[row]!]!;
    const first = start[location[row]!]!;
    for (let frame = start[location[row]! + 1]! - 1; frame >= first; frame--) {
      const of = nodeOf[frame]!;
      end = of >= 0 && isWanted[of] === 1 ? of : -1;
      if (end < 0) continue;
      let known = link;
      while (known >= 0 && node[known] !== of) known = before[known]!;
      if (known >= 0) continue;
      before.push(link);
      link = node.push(of) - 1;
    }
    last[row] = link;
    ends[row] = end;
  }
  return { last: leaf.map((row) => last[row]!), leaf: leaf.map((row) => ends[row]!), before, node };
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
