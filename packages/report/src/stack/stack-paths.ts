// Hot: 900,000 stacks with 41 million frames share 36,000 prefixes; whatever is summed over the trie and not over the
// stacks takes no time. See bench/src/tool.ts and bench/src/pages.ts.
import type { SharedStacks } from "@pprof-ts/profile";
import { type Selection, sharedOfProfile } from "./selection.ts";
import { type StackPaths, StackRows, withLabelsMerged } from "./stack-rows.ts";

/** Paths of which every row is the beginning of some sample's stack. */
export interface StackTrie extends Omit<StackPaths, "end" | "leaf" | "labels"> {
  /** The row in which the stack of each of the trie's samples ends. */
  readonly leaf: Int32Array;
}

/** The paths of these samples' stacks, of which equal beginnings are one row. */
export function stackPaths(selection: Selection, samples: Uint32Array): StackPaths {
  const { profile, stackStart, stackEnd } = selection;
  const shared = sharedOfProfile(selection);
  if (shared !== undefined && samples.length === profile.samples.length) return pathsOfShared(shared);
  const stacks = profile.samples.locations;
  const leaf = new Int32Array(profile.samples.length);
  const rows = new StackRows();
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    leaf[sample] = rows.row(stacks, stackStart[sample]!, stackEnd[sample]!);
  }
  return rows.finish(leaf);
}

/**
 * The same of stacks that say how much they share with the one before, of which they come in such an order that most of
 * them share all they can: what they share otherwise has rows of its own, as to find it takes longer than it saves.
 */
function pathsOfShared({ length: stacks, shared, start, locations, deepest, of }: SharedStacks): StackPaths {
  const length = start[stacks]! + 1;
  const parent = new Int32Array(length);
  const location = new Int32Array(length);
  const end = new Int32Array(length);
  parent[0] = -1;
  location[0] = -1;
  const rowAt = new Int32Array(deepest + 1);
  const rowOf = new Int32Array(stacks);
  let row = 1;
  let depth = 0;
  for (let stack = 0; stack < stacks; stack++) {
    for (; depth > shared[stack]!; depth--) end[rowAt[depth]!] = row;
    for (let at = start[stack]!; at < start[stack + 1]!; at++) {
      parent[row] = rowAt[depth]!;
      location[row] = locations[at]!;
      rowAt[++depth] = row++;
    }
    rowOf[stack] = rowAt[depth]!;
  }
  for (; depth >= 0; depth--) end[rowAt[depth]!] = row;
  return { length, parent, location, end, leaf: of.map((stack) => rowOf[stack]!) };
}

/** The trie of these samples' stacks: a part of the selection's own paths, where it has some. */
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
  const leaf = new Int32Array(samples.length);
  for (let i = 0; i < samples.length; i++) leaf[i] = rowOf[paths.leaf[samples[i]!]!]!;
  return { length, parent: parent.subarray(0, length), location: location.subarray(0, length), leaf };
}
