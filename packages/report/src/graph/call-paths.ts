import { exactColumn, type Int64Column, valueAt } from "../go/int64.ts";
import { grown } from "../stack/grown.ts";
import { PairTable } from "../stack/pair-table.ts";
import type { NodeSums } from "./node-sums.ts";
import type { Walk } from "./walk.ts";

/**
 * Paths of calls: a row for each way from a root to a node. The stacks `main;a;b` and `main;b` are four rows: `main`,
 * `main;a`, `main;a;b` and `main;b`. A path stands before those that go on from it.
 */
export interface CallPaths {
  readonly length: number;
  /** The path without its last call, or -1. */
  readonly parent: Int32Array;
  /** The node that the path ends in. */
  readonly node: Int32Array;
  /** 1 where every one of the path's last calls has been inlined. */
  readonly inline: Uint8Array;
  /** The row in which each of the walk's samples ends, -1 for an empty stack. */
  readonly leaf: Int32Array;
}

/** Stands for a row of the trie whose call path is not made yet. */
const UNKNOWN = -2;

/** The paths of these stacks, in the order in which the samples come to them. */
export function callPaths({ stacks, nodeOf }: Walk): CallPaths {
  const { parent, location, leaf: ends, length: rowCount } = stacks.trie();
  const { start } = stacks.selection.frames;
  const table = new PairTable();
  let called = new Uint8Array(1024);
  /** By row of the trie, the call path that it ends in; -1 for the empty one. */
  const pathOf = new Int32Array(rowCount).fill(UNKNOWN);
  pathOf[0] = -1;
  const way: number[] = [];
  const leaf = new Int32Array(ends.length);
  for (let i = 0; i < ends.length; i++) {
    // Up to a row whose call path is known from samples before, and from there down again.
    let row = ends[i]!;
    for (; pathOf[row] === UNKNOWN; row = parent[row]!) way.push(row);
    let path = pathOf[row]!;
    while (way.length > 0) {
      row = way.pop()!;
      const lastFrame = start[location[row]! + 1]! - 1;
      for (let frame = lastFrame; frame >= start[location[row]!]!; frame--) {
        const node = nodeOf[frame]!;
        if (node < 0) continue;
        path = table.row(path + 1, node);
        if (frame === lastFrame) {
          if (path >= called.length) called = grown(called, new Uint8Array(path * 2));
          called[path] = 1;
        }
      }
      pathOf[row] = path;
    }
    leaf[i] = path;
  }
  const { length } = table;
  const inline = new Uint8Array(length);
  for (let row = 0; row < length; row++) inline[row] = 1 - (called[row] ?? 0);
  return {
    length,
    parent: table.first.slice(0, length).map((above) => above - 1),
    node: table.second.slice(0, length),
    inline,
    leaf,
  };
}

/** The flat and cum value of each path: of the samples that end in it, and of those that begin with it. */
export function sumCallPaths(paths: CallPaths, samples: Uint32Array, values: Int64Column): NodeSums {
  const { length, parent, leaf } = paths;
  if (values.exact === undefined) {
    const self = new Float64Array(length);
    for (let i = 0; i < leaf.length; i++) {
      const row = leaf[i]!;
      if (row >= 0) self[row] = self[row]! + values.numbers[samples[i]!]!;
    }
    const total = self.slice();
    for (let row = length - 1; row >= 0; row--) {
      const above = parent[row]!;
      if (above >= 0) total[above] = total[above]! + total[row]!;
    }
    return { flat: { numbers: self, exact: undefined }, cum: { numbers: total, exact: undefined } };
  }
  const self = new BigInt64Array(length);
  for (let i = 0; i < leaf.length; i++) {
    const row = leaf[i]!;
    if (row >= 0) self[row] = self[row]! + valueAt(values, samples[i]!);
  }
  const total = self.slice();
  for (let row = length - 1; row >= 0; row--) {
    const above = parent[row]!;
    if (above >= 0) total[above] = total[above]! + total[row]!;
  }
  return { flat: exactColumn(self), cum: exactColumn(total) };
}
