// Hot: filters look at every location of every stack, 41 million in 100 MB; where the stacks are known as paths they look
// at 36,000 rows. See bench/src/pages.ts.
import type { SharedStacks } from "@pprof-ts/profile";
import { labelledPaths } from "../stack/label-paths.ts";
import type { PathTrie } from "../stack/path-rows.ts";
import { filterRows, type Selection, sharedOfProfile } from "../stack/selection.ts";
import type { LabelFrames, StackPaths } from "../stack/stack-rows.ts";

/** All marks of the locations in a stack together, for each sample of the selection, by row of the profile's samples. */
export function marksOfStacks(selection: Selection, mark: Uint8Array): Uint8Array {
  const { profile, samples, stackStart, stackEnd, paths } = selection;
  const marks = new Uint8Array(profile.samples.length);
  if (paths !== undefined) {
    const { length, parent, location, leaf, labels } = paths;
    const marksOfPath = new Uint8Array(length);
    for (let row = 1; row < length; row++) marksOfPath[row] = marksOfPath[parent[row]!]! | mark[location[row]!]!;
    for (let i = 0; i < samples.length; i++) marks[samples[i]!] = marksOfPath[leaf[samples[i]!]!]!;
    if (labels === undefined) return marks;
    for (const column of [...labels.above, ...labels.below]) {
      for (let i = 0; i < samples.length; i++) {
        const at = column[samples[i]!]!;
        if (at >= 0) marks[samples[i]!]! |= mark[at]!;
      }
    }
    return marks;
  }
  const shared = sharedOfProfile(selection);
  if (shared !== undefined) {
    const marksOfStack = marksOfShared(shared, mark);
    for (let i = 0; i < samples.length; i++) marks[samples[i]!] = marksOfStack[shared.of[samples[i]!]!]!;
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

function marksOfShared({ length, shared, start, locations, deepest }: SharedStacks, mark: Uint8Array): Uint8Array {
  const marks = new Uint8Array(length);
  // By depth, the marks down to it.
  const marksAt = new Uint8Array(deepest + 1);
  for (let stack = 0; stack < length; stack++) {
    let depth = shared[stack]!;
    let seen = marksAt[depth]!;
    for (let at = start[stack]!; at < start[stack + 1]!; at++) {
      seen |= mark[locations[at]!]!;
      marksAt[++depth] = seen;
    }
    marks[stack] = seen;
  }
  return marks;
}

/** Without the callers of the outermost location that is found; samples without one are dropped. */
export function cutCallers(selection: Selection, found: Uint8Array): Selection {
  const { profile, samples, stackStart, stackEnd, paths } = selection;
  const ends = stackEnd.slice();
  if (paths !== undefined) {
    const { leaf, labels } = paths;
    const cut = new CutPaths(paths, found, labels !== undefined);
    if (labels !== undefined) return cutLabelledCallers(selection, paths, labels, found, cut);
    const { rowOf, depth } = cut;
    const kept = filterRows(samples, (sample) => rowOf[leaf[sample]!]! > 0);
    const cutLeaf = new Int32Array(leaf.length);
    for (const sample of kept) {
      const row = rowOf[leaf[sample]!]!;
      cutLeaf[sample] = row;
      ends[sample] = stackStart[sample]! + depth[row]!;
    }
    return { ...selection, samples: kept, stackEnd: ends, paths: { ...cut.trie, leaf: cutLeaf } };
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
    if (paths.labels !== undefined) return cutLabelledCallees(selection, paths, paths.labels, found, cutTo, depth);
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

/**
 * Paths without what is before the first location that is found. Each place where one is found is a range of rows, which
 * are copied as they are: equal ones of two places stay two.
 */
class CutPaths {
  readonly trie: PathTrie;
  /** By row, the one it has become; 0 where nothing is found. */
  readonly rowOf: Int32Array;
  /** How many locations the new rows have. */
  readonly depth: Uint32Array;
  /** Where all rows are once more, uncut: that is added to their numbers. */
  readonly whole: number;

  constructor(paths: PathTrie, found: Uint8Array, withWhole: boolean) {
    const { length: count, parent, location, end } = paths;
    const places: number[] = [];
    let size = withWhole ? count : 1;
    for (let row = 1; row < count; ) {
      if (found[location[row]!] === 0) {
        row++;
        continue;
      }
      places.push(row);
      size += end[row]! - row;
      row = end[row]!;
    }
    const trie = {
      length: size,
      parent: new Int32Array(size),
      location: new Int32Array(size),
      end: new Int32Array(size),
    };
    const depth = new Uint32Array(size);
    trie.parent[0] = -1;
    trie.location[0] = -1;
    trie.end[0] = size;
    let length = 1;
    const copy = (first: number, until: number): number => {
      const by = length - first;
      for (let row = first; row < until; row++) {
        const above = parent[row]! < first ? 0 : parent[row]! + by;
        trie.parent[length] = above;
        trie.location[length] = location[row]!;
        trie.end[length] = end[row]! + by;
        depth[length++] = depth[above]! + 1;
      }
      return by;
    };
    const rowOf = new Int32Array(count);
    for (const place of places) {
      const by = copy(place, end[place]!);
      for (let row = place; row < end[place]!; row++) rowOf[row] = row + by;
    }
    this.whole = withWhole ? copy(1, count) : 0;
    this.trie = trie;
    this.rowOf = rowOf;
    this.depth = depth;
  }
}

/** The same where labels stand around the paths. */
function cutLabelledCallers(
  selection: Selection,
  { leaf }: StackPaths,
  labels: LabelFrames,
  found: Uint8Array,
  cut: CutPaths,
): Selection {
  const above = labels.above.map((column) => column.slice());
  const below = labels.below.map((column) => column.slice());
  const { stackStart } = selection;
  const stackEnd = selection.stackEnd.slice();
  const cutLeaf = new Int32Array(leaf.length);
  const samples = filterRows(selection.samples, (sample) => {
    for (const column of above) {
      if (isFound(found, column[sample]!)) {
        // Below a label that is found paths stay whole.
        if (leaf[sample]! > 0) cutLeaf[sample] = leaf[sample]! + cut.whole;
        return true;
      }
      if (column[sample]! >= 0) stackEnd[sample]!--;
      column[sample] = -1;
    }
    const row = leaf[sample]!;
    const inside = below.reduce((sum, column) => sum + (column[sample]! >= 0 ? 1 : 0), 0);
    const cutRow = cut.rowOf[row]!;
    if (cutRow > 0) {
      cutLeaf[sample] = cutRow;
      stackEnd[sample] = stackStart[sample]! + inside + cut.depth[cutRow]!;
      return true;
    }
    stackEnd[sample] = stackStart[sample]! + inside;
    for (const column of below) {
      if (isFound(found, column[sample]!)) return true;
      if (column[sample]! >= 0) stackEnd[sample]!--;
      column[sample] = -1;
    }
    return false;
  });
  const paths = labelledPaths({ ...cut.trie, leaf: cutLeaf }, above, below);
  return { ...selection, samples, stackEnd, paths };
}

/** The same where labels stand around the paths; `cutTo` is the row that each path is cut to, 0 where nothing is found. */
function cutLabelledCallees(
  selection: Selection,
  paths: StackPaths,
  labels: LabelFrames,
  found: Uint8Array,
  cutTo: Int32Array,
  depth: Uint32Array,
): Selection {
  const above = labels.above.map((column) => column.slice());
  const below = labels.below.map((column) => column.slice());
  const stackStart = selection.stackStart.slice();
  const leaf = paths.leaf.slice();
  /** Takes off what is inside of the innermost label that is found; false where none is. */
  const cut = (columns: readonly Int32Array[], sample: number): boolean => {
    const innermost = columns.findLastIndex((column) => isFound(found, column[sample]!));
    if (innermost >= 0) takeOff(columns.slice(innermost + 1), sample);
    return innermost >= 0;
  };
  const takeOff = (columns: readonly Int32Array[], sample: number): void => {
    for (const column of columns) {
      if (column[sample]! >= 0) stackStart[sample]!++;
      column[sample] = -1;
    }
  };
  for (const sample of selection.samples) {
    if (cut(below, sample)) continue;
    const to = cutTo[leaf[sample]!]!;
    if (to === 0 && !above.some((column) => isFound(found, column[sample]!))) continue;
    takeOff(below, sample);
    stackStart[sample]! += depth[leaf[sample]!]! - depth[to]!;
    leaf[sample] = to;
    if (to === 0) cut(above, sample);
  }
  return { ...selection, stackStart, paths: labelledPaths({ ...paths, leaf }, above, below) };
}

function isFound(found: Uint8Array, location: number): boolean {
  return location >= 0 && found[location] === 1;
}
