// Hot: 900,000 stacks with 41 million frames share 36,000 prefixes; whatever is summed over the trie and not over the
// stacks takes no time. See bench/src/tool.ts and bench/src/pages.ts.
import type { Selection } from "./selection.ts";
import { type StackPaths, StackRows, withLabelsMerged } from "./stack-rows.ts";

/** Paths as a tree to walk: every row is a part of some sample's stack. */
export interface StackTrie extends Omit<StackPaths, "leaf" | "labels"> {
  /** The first row that goes on from this one, and the next that goes on from the same as this one; 0 for none. */
  readonly child: Int32Array;
  readonly sibling: Int32Array;
  /** The row in which the stack of each of the trie's samples ends. */
  readonly leaf: Int32Array;
}

/** Merges the stacks of these samples. */
export function stackPaths({ profile, stackStart, stackEnd }: Selection, samples: Uint32Array): StackPaths {
  const stacks = profile.samples.locations;
  const leaf = new Int32Array(profile.samples.length);
  const rows = new StackRows();
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    leaf[sample] = rows.row(stacks, stackStart[sample]!, stackEnd[sample]!);
  }
  return { ...rows.finish(), leaf };
}

/** The trie of these samples' stacks: of the selection's own paths where it has them. */
export function stackTrie(selection: Selection, samples: Uint32Array): StackTrie {
  const paths = selection.paths === undefined ? stackPaths(selection, samples) : withLabelsMerged(selection.paths);
  const rowOf = new Int32Array(paths.length);
  for (let i = 0; i < samples.length; i++) rowOf[paths.leaf[samples[i]!]!] = 1;
  for (let row = paths.length - 1; row > 0; row--) if (rowOf[row] === 1) rowOf[paths.parent[row]!] = 1;
  const parent = new Int32Array(paths.length);
  const location = new Int32Array(paths.length);
  parent[0] = -1;
  location[0] = -1;
  rowOf[0] = 0;
  let length = 1;
  for (let row = 1; row < paths.length; row++) {
    if (rowOf[row] === 0) continue;
    parent[length] = rowOf[paths.parent[row]!]!;
    location[length] = paths.location[row]!;
    rowOf[row] = length++;
  }
  const child = new Int32Array(length);
  const sibling = new Int32Array(length);
  for (let row = length - 1; row > 0; row--) {
    const above = parent[row]!;
    sibling[row] = child[above]!;
    child[above] = row;
  }
  const leaf = new Int32Array(samples.length);
  for (let i = 0; i < samples.length; i++) leaf[i] = rowOf[paths.leaf[samples[i]!]!]!;
  return { length, parent: parent.subarray(0, length), location: location.subarray(0, length), child, sibling, leaf };
}
