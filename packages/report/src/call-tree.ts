// Hot: a step for every frame of every sample; a million nodes in a third of a second.
import type { FrameTable } from "./frames.ts";
import type { Selection } from "./selection.ts";
import { StackTable } from "./stack-table.ts";
import { Trie } from "./trie.ts";

/**
 * Stacks merged into a tree, as columns. Node 0 is the root; nodes stand in rows from the root down, in a row from left
 * to right, siblings by width. So a row is a range of nodes, and so are a node's children.
 */
export interface CallTree {
  readonly length: number;
  /** A row of the frame table; -1 for the root. */
  readonly frame: Int32Array;
  /** -1 for the root. */
  readonly parent: Int32Array;
  /** Node i's children are the nodes `firstChild[i]` up to but without `firstChild[i + 1]`. */
  readonly firstChild: Uint32Array;
  /** Row d is the nodes `rowStart[d]` up to but without `rowStart[d + 1]`; row 0 is the root. */
  readonly rowStart: Uint32Array;
  /** The value of the stacks that pass through this node or end at it; `selfOf` gives what ends at it. */
  readonly total: Float64Array;
  /** Where the node begins and how wide it is: `total`, or the sum of absolute values where some are negative. */
  readonly start: Float64Array;
  readonly width: Float64Array;
}

/** The value of the stacks that end at a node. */
export function selfOf(tree: CallTree, node: number): number {
  let self = tree.total[node]!;
  for (let child = tree.firstChild[node]!; child < tree.firstChild[node + 1]!; child++) self -= tree.total[child]!;
  return self;
}

/** The stacks to merge, with a value for each row of the profile's samples. A stack whose value is 0 is left out. */
export interface Stacks {
  readonly selection: Selection;
  readonly frames: FrameTable;
  readonly values: Float64Array;
}

/** Merges stacks from the outermost caller inwards, or from the leaf outwards where `inverted`. */
export function callTree(stacks: Stacks, inverted: boolean = false): CallTree {
  const { samples, stackStart, stackEnd, profile } = stacks.selection;
  const { locations } = profile.samples;
  const frameStart = stacks.selection.frames.start;
  const frames = stacks.frames.rowOf;
  const trie = new Trie();
  const table = new StackTable(stacks.selection);
  const leaf = new Uint32Array(profile.samples.length);
  // Node reached after k locations of the stack before this one: neighbours in a profile share much of their stacks.
  let path = new Uint32Array(256);
  let before = 0;
  let beforeLength = 0;
  for (let row = 0; row < samples.length; row++) {
    const sample = samples[row]!;
    const value = stacks.values[sample]!;
    if (value === 0) continue;
    const same = table.first(sample);
    if (same !== sample) {
      trie.add(leaf[same]!, value);
      continue;
    }
    const from = stackStart[sample]!;
    const count = stackEnd[sample]! - from;
    if (count >= path.length) {
      const larger = new Uint32Array(count * 2);
      larger.set(path);
      path = larger;
    }
    // Position k of a stack is `at + k * step`, from the root (or from the leaf).
    const step = inverted ? 1 : -1;
    const at = inverted ? from : from + count - 1;
    const shared = Math.min(count, beforeLength);
    let k = 0;
    while (k < shared && locations[at + k * step] === locations[before + k * step]) k++;
    let node = path[k]!;
    for (; k < count; k++) {
      const location = locations[at + k * step]!;
      const low = frameStart[location]!;
      const high = frameStart[location + 1]!;
      if (inverted) for (let i = low; i < high; i++) node = trie.child(node, frames[i]!);
      else for (let i = high - 1; i >= low; i--) node = trie.child(node, frames[i]!);
      path[k + 1] = node;
    }
    trie.add(node, value);
    leaf[sample] = node;
    before = at;
    beforeLength = count;
  }
  return trie.finish();
}

/** The callees of some frames and, growing the other way, their callers. Both trees' first rows are those frames. */
export interface PivotTrees {
  readonly callees: CallTree;
  readonly callers: CallTree;
}

/** Splits every stack at the outermost frame for which `isPivot` is 1; stacks without one are left out. */
export function pivotTrees(stacks: Stacks, isPivot: Uint8Array): PivotTrees {
  const { samples, stackStart, stackEnd, profile } = stacks.selection;
  const { locations } = profile.samples;
  const frameStart = stacks.selection.frames.start;
  const frames = stacks.frames.rowOf;
  const callees = new Trie();
  const callers = new Trie();
  const table = new StackTable(stacks.selection);
  const calleeLeaf = new Int32Array(profile.samples.length);
  const callerLeaf = new Int32Array(profile.samples.length);
  let stack = new Uint32Array(1024);
  for (let row = 0; row < samples.length; row++) {
    const sample = samples[row]!;
    const value = stacks.values[sample]!;
    if (value === 0) continue;
    const same = table.first(sample);
    if (same !== sample) {
      if (calleeLeaf[same] === 0) continue;
      callees.add(calleeLeaf[same]!, value);
      callers.add(callerLeaf[same]!, value);
      continue;
    }
    let depth = 0;
    let pivot = -1;
    for (let i = stackEnd[sample]! - 1; i >= stackStart[sample]!; i--) {
      const location = locations[i]!;
      for (let k = frameStart[location + 1]! - 1; k >= frameStart[location]!; k--) {
        if (depth === stack.length) {
          const larger = new Uint32Array(depth * 2);
          larger.set(stack);
          stack = larger;
        }
        const frame = frames[k]!;
        if (pivot < 0 && isPivot[frame] === 1) pivot = depth;
        stack[depth++] = frame;
      }
    }
    if (pivot < 0) continue;
    let node = 0;
    for (let i = pivot; i < depth; i++) node = callees.child(node, stack[i]!);
    callees.add(node, value);
    calleeLeaf[sample] = node;
    node = 0;
    for (let i = pivot; i >= 0; i--) node = callers.child(node, stack[i]!);
    callers.add(node, value);
    callerLeaf[sample] = node;
  }
  return { callees: callees.finish(), callers: callers.finish() };
}

/** For each frame, the value of the stacks that end in it and of those that it appears in, counted once a stack. */
export function frameTotals(tree: CallTree, frameCount: number): { self: Float64Array; total: Float64Array } {
  const self = new Float64Array(frameCount);
  const total = new Float64Array(frameCount);
  const { frame, parent, length } = tree;
  // Whether a frame is already on the path to a node: depth-first, with a count of its openings.
  const open = new Uint32Array(frameCount);
  const { firstChild } = tree;
  let node = 0;
  for (;;) {
    const of = frame[node]!;
    if (of >= 0) {
      self[of]! += selfOf(tree, node);
      if (open[of]!++ === 0) total[of]! += tree.total[node]!;
    }
    if (firstChild[node]! < firstChild[node + 1]!) {
      node = firstChild[node]!;
      continue;
    }
    for (;;) {
      const leaving = frame[node]!;
      if (leaving >= 0) open[leaving]!--;
      const above = parent[node]!;
      if (above < 0) return { self, total };
      if (node + 1 < length && node + 1 < firstChild[above + 1]!) {
        node++;
        break;
      }
      node = above;
    }
  }
}
