// Hot: one look into a hash table for every frame of every sample.

import { exactColumn, type Int64Column, valueAt } from "../go/int64.ts";
import { grown } from "../stack/grown.ts";
import { PairTable } from "../stack/pair-table.ts";
import type { NodeSums, Walk } from "./node-sums.ts";

/** One row for each path of calls from a root to a node, a path before those that it begins. */
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

/** The paths of these stacks. */
export function callPaths({ stacks: { selection, samples }, nodeOf }: Walk): CallPaths {
  const { stackStart, stackEnd } = selection;
  const { start } = selection.frames;
  const stacks = selection.profile.samples.locations;
  const table = new PairTable();
  let called = new Uint8Array(1024);
  const leaf = new Int32Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const first = stackStart[sample]!;
    let row = -1;
    for (let at = stackEnd[sample]! - 1; at >= first; at--) {
      const location = stacks[at]!;
      const lastFrame = start[location + 1]! - 1;
      for (let frame = lastFrame; frame >= start[location]!; frame--) {
        const node = nodeOf[frame]!;
        if (node < 0) continue;
        row = table.row(row + 1, node);
        if (frame === lastFrame) {
          if (row >= called.length) called = grown(called, new Uint8Array(row * 2));
          called[row] = 1;
        }
      }
    }
    leaf[i] = row;
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

/** What ends at each path, and what it begins. */
export function sumPaths(paths: CallPaths, samples: Uint32Array, values: Int64Column): NodeSums {
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
