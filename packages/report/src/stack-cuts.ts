// Hot: filters look at every location of every stack, 41 million in 100 MB; where the stacks are known as paths they look
// at 36,000 rows. See bench/src/pages.ts.
import { filterRows, type Selection } from "./selection.ts";
import { StackRows } from "./stack-trie.ts";

/** All marks of the locations in a stack together, for each sample of the selection, by row of the profile's samples. */
export function marksOfStacks(
  { profile, samples, stackStart, stackEnd, paths }: Selection,
  mark: Uint8Array,
): Uint8Array {
  const marks = new Uint8Array(profile.samples.length);
  if (paths !== undefined) {
    const { length, parent, location, leaf } = paths;
    const marksOfPath = new Uint8Array(length);
    for (let row = 1; row < length; row++) marksOfPath[row] = marksOfPath[parent[row]!]! | mark[location[row]!]!;
    for (let i = 0; i < samples.length; i++) marks[samples[i]!] = marksOfPath[leaf[samples[i]!]!]!;
    return marks;
  }
  const stacks = profile.samples.locations;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const end = stackEnd[sample]!;
    let seen = 0;
    for (let at = stackStart[sample]!; at < end; at++) seen |= mark[stacks[at]!]!;
    marks[sample] = seen;
  }
  return marks;
}

/** Without the callers of the outermost location that is found; samples without one are dropped. */
export function cutCallers(selection: Selection, found: Uint8Array): Selection {
  const { profile, samples, stackStart, stackEnd, paths } = selection;
  const ends = stackEnd.slice();
  if (paths !== undefined) {
    const { length, parent, location, leaf } = paths;
    const rows = new StackRows();
    const rowOf = new Int32Array(length);
    const depth = new Uint32Array(length);
    for (let row = 1; row < length; row++) {
      const above = parent[row]!;
      if (depth[above] === 0 && found[location[row]!] === 0) continue;
      rowOf[row] = rows.child(rowOf[above]!, location[row]!);
      depth[row] = depth[above]! + 1;
    }
    const kept = filterRows(samples, (sample) => depth[leaf[sample]!]! > 0);
    const cutLeaf = new Int32Array(leaf.length);
    for (const sample of kept) {
      cutLeaf[sample] = rowOf[leaf[sample]!]!;
      ends[sample] = stackStart[sample]! + depth[leaf[sample]!]!;
    }
    return { ...selection, samples: kept, stackEnd: ends, paths: { ...rows.finish(), leaf: cutLeaf } };
  }
  const stacks = profile.samples.locations;
  const kept = filterRows(samples, (sample) => {
    for (let at = stackEnd[sample]! - 1; at >= stackStart[sample]!; at--) {
      if (found[stacks[at]!] === 0) continue;
      ends[sample] = at + 1;
      return true;
    }
    return false;
  });
  return { ...selection, samples: kept, stackEnd: ends };
}

/** Without the callees of the innermost location that is found. */
export function cutCallees(selection: Selection, found: Uint8Array): Selection {
  const { profile, samples, stackStart, stackEnd, paths } = selection;
  const starts = stackStart.slice();
  if (paths !== undefined) {
    const { length, parent, location, leaf } = paths;
    // The row that each one is cut to: the innermost found one on the way to it, or itself.
    const cutTo = new Int32Array(length);
    const depth = new Uint32Array(length);
    for (let row = 1; row < length; row++) {
      const above = parent[row]!;
      depth[row] = depth[above]! + 1;
      cutTo[row] = found[location[row]!] === 1 ? row : cutTo[above]!;
    }
    const cutLeaf = leaf.slice();
    for (const sample of samples) {
      const row = cutTo[leaf[sample]!]!;
      if (row === 0) continue;
      starts[sample]! += depth[leaf[sample]!]! - depth[row]!;
      cutLeaf[sample] = row;
    }
    return { ...selection, stackStart: starts, paths: { ...paths, leaf: cutLeaf } };
  }
  const stacks = profile.samples.locations;
  for (const sample of samples) {
    for (let at = stackStart[sample]!; at < stackEnd[sample]!; at++) {
      if (found[stacks[at]!] === 0) continue;
      starts[sample] = at;
      break;
    }
  }
  return { ...selection, stackStart: starts };
}
