import { callTree, frameTotals, type Stacks } from "./call-tree.ts";
import { invertedTree } from "./inverted-tree.ts";
import { pivotParts } from "./pivot-parts.ts";
import { RecentParts } from "./recent-parts.ts";
import type { CallTree, Detail } from "./tree-columns.ts";
import { wideTree } from "./wide-tree.ts";

/** A picture of some stacks: as much of the trees as can be seen of them. */
export interface PartialTrees {
  readonly tree: CallTree;
  /** What calls the pivot, a tree that grows the other way. */
  readonly callers: CallTree | undefined;
  /** The width of the widest box that was not taken apart, there being too many; 0 where all were. */
  readonly cut: number;
  /**
   * For each frame, the value of all stacks that end in it and of those that it appears in, counted once a stack. Of very many
   * stacks `total` is summed up when it is looked at.
   */
  readonly self: Float64Array;
  readonly total: Float64Array;
}

/** More paths than this make more nodes than a picture has use for, and than a browser has memory for. */
const VAST = 500_000;

function isVast({ selection: { paths } }: Stacks): boolean {
  return paths !== undefined && paths.length > VAST;
}

/**
 * Merges stacks into trees: from the root, from the leaves or, where `view` has a 1 for each frame of a pivot, two trees of what these
 * call and of what calls them. `recent` keeps what was made of the stacks for the picture before.
 */
export function partialTrees(
  stacks: Stacks,
  view: "root" | "leaves" | Uint8Array,
  detail: Detail = {},
  recent: RecentParts = new RecentParts(),
): PartialTrees {
  const isPlain = stacks.selection.paths?.labels === undefined && detail.rank === undefined;
  if (view === "root" && isPlain && !isVast(stacks)) {
    const tree = callTree(stacks);
    return { tree, callers: undefined, cut: 0, ...frameTotals(tree, stacks.frames) };
  }
  const { parts, totals: known } = recent.of(stacks);
  // Whoever gets them may hand them on.
  const withTotals = (trees: Pick<PartialTrees, "tree" | "callers" | "cut">): PartialTrees => ({
    ...trees,
    self: known.self.slice(),
    get total() {
      return known.total.slice();
    },
  });
  if (view === "root") return withTotals({ callers: undefined, ...wideTree(parts, detail) });
  if (view === "leaves") return withTotals({ callers: undefined, ...invertedTree(parts, detail) });
  const { callees, callers } = pivotParts(parts, view);
  const inwards = wideTree(callees, detail);
  const outwards = invertedTree(callers, detail);
  return withTotals({ tree: inwards.tree, callers: outwards.tree, cut: Math.max(inwards.cut, outwards.cut) });
}
