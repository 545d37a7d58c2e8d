import { callTree, frameTotals, type Stacks } from "./call-tree.ts";
import { invertedTree } from "./inverted-tree.ts";
import { partTotals, pivotParts, stackParts } from "./stack-parts.ts";
import type { CallTree, Detail } from "./tree-columns.ts";
import { wideTree } from "./wide-tree.ts";

/** What is drawn of some stacks, as far as it can be seen. */
export interface PartialTrees {
  readonly tree: CallTree;
  /** Growing the other way, from the pivot on. */
  readonly callers: CallTree | undefined;
  /** The width of the widest box that was not taken apart, there being too many; 0 where all were. */
  readonly cut: number;
  /** For each frame, the value of all stacks that end in it and of those that it appears in, counted once a stack. */
  readonly self: Float64Array;
  readonly total: Float64Array;
}

/**
 * Merges stacks from the root; from their leaves where `view` says so; or where it is the frames of a pivot, 1 for
 * each, what these call and what calls them.
 */
export function partialTrees(stacks: Stacks, view: "root" | "leaves" | Uint8Array, detail: Detail = {}): PartialTrees {
  const frameCount = stacks.frames.length;
  if (view === "root" && stacks.selection.paths?.labels === undefined && detail.rank === undefined) {
    const tree = callTree(stacks);
    return { tree, callers: undefined, cut: 0, ...frameTotals(tree, stacks.frames) };
  }
  const parts = stackParts(stacks);
  const totals = partTotals(parts, stacks.frames);
  if (view === "root") return { callers: undefined, ...wideTree(parts, detail), ...totals };
  if (view === "leaves") return { callers: undefined, ...invertedTree(parts, frameCount, detail), ...totals };
  const { callees, callers } = pivotParts(parts, view);
  const inwards = wideTree(callees, detail);
  const outwards = invertedTree(callers, frameCount, detail);
  return {
    tree: inwards.tree,
    callers: outwards.tree,
    cut: Math.max(inwards.cut, outwards.cut),
    ...totals,
  };
}
