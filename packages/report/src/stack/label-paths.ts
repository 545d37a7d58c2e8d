// Hot: labels as frames make four million paths of the 36,000 of 100 MB, in a fifth of a second; whoever can leaves them
// apart. See bench/src/pages.ts.
import { ReportError } from "../error.ts";
import { groupRows } from "./group-rows.ts";
import { OrderedRows } from "./ordered-rows.ts";
import { numberPairs } from "./pair-table.ts";
import type { LabelGroups, StackPaths } from "./stack-rows.ts";

/** More would fill the memory of a browser's page. */
const MOST_PATHS = 8_000_000;

/**
 * Paths with labels around them: `above` and `below` hold for each label key a column, by sample, of the location that
 * stands for its value. They are kept apart from the paths; `merged` puts them in, for whoever cannot do with that.
 */
export function labelledPaths(
  { length, parent, location, end, leaf }: StackPaths,
  above: readonly Int32Array[],
  below: readonly Int32Array[],
  most: number = MOST_PATHS,
): StackPaths {
  const paths = { length, parent, location, end, leaf };
  let known: StackPaths | undefined;
  const merged = (): StackPaths => {
    known ??= mergedPaths(paths, above, below, most);
    return known;
  };
  let groups: LabelGroups | undefined;
  return {
    ...paths,
    labels: {
      above,
      below,
      merged,
      groups: () => {
        groups ??= groupsOf([...above, ...below], leaf.length);
        return groups;
      },
    },
  };
}

/** The samples of each group have the same locations in all columns. */
function groupsOf(columns: readonly Int32Array[], count: number): LabelGroups {
  let groups: ReturnType<typeof numberPairs> = { of: new Int32Array(count), seen: [0] };
  for (const column of columns) groups = numberPairs(groups.of, column);
  return { of: groups.of, sample: groups.seen };
}

/**
 * The paths with the labels as their first and last locations. Samples are taken in the order of their labels above, then of
 * their paths, then of their labels below: so each goes on from the one before, and rows come in depth-first order.
 */
function mergedPaths(
  { length, parent, location, leaf }: StackPaths,
  above: readonly Int32Array[],
  below: readonly Int32Array[],
  most: number,
): StackPaths {
  const outside = groupsOf(above, leaf.length);
  const inside = groupsOf(below, leaf.length);
  const byInside = groupRows(inside.of, inside.sample.length).rows;
  const byPath = groupRows(leaf, length, byInside).rows;
  const order = groupRows(outside.of, outside.sample.length, byPath).rows;
  const rows = new OrderedRows();
  /** By path, its row below the labels at hand. */
  const rowOf = new Int32Array(length);
  const way: number[] = [];
  const tagged = new Int32Array(leaf.length);
  let group = -1;
  let path = 0;
  let belowPath = -1;
  let row = 0;
  for (let i = 0; i < order.length; i++) {
    const sample = order[i]!;
    const isSame = outside.of[sample] === group;
    if (isSame && leaf[sample] === path && inside.of[sample] === belowPath) {
      tagged[sample] = row;
      continue;
    }
    if (!isSame) {
      group = outside.of[sample]!;
      path = 0;
      row = 0;
      for (const column of above) if (column[sample]! >= 0) row = rows.add(row, column[sample]!);
      rowOf[0] = row;
    }
    // Paths up to the last sample's are on its way, too.
    for (let at = leaf[sample]!; at > path; at = parent[at]!) way.push(at);
    while (way.length > 0) {
      const at = way.pop()!;
      rowOf[at] = rows.add(rowOf[parent[at]!]!, location[at]!);
    }
    path = leaf[sample]!;
    belowPath = inside.of[sample]!;
    row = rowOf[path]!;
    for (const column of below) if (column[sample]! >= 0) row = rows.add(row, column[sample]!);
    tagged[sample] = row;
    if (rows.length > most)
      throw new ReportError(
        `labels as frames make more than ${most} paths of the stacks: choose one with fewer values`,
      );
  }
  return { ...rows.finish(), leaf: tagged };
}
