// Hot: labels as frames make four million paths of the 36,000 of 100 MB, in a second; whoever can leaves them apart. See
// bench/src/pages.ts.
import { ReportError } from "../error.ts";
import { groupRows } from "./group-rows.ts";
import { numberPairs } from "./pair-table.ts";
import { type LabelGroups, type StackPaths, StackRows } from "./stack-rows.ts";

/** More would fill the memory of a browser's page. */
const MOST_PATHS = 8_000_000;

/**
 * Paths with labels around them: `above` and `below` hold for each label key a column, by sample, of the location that
 * stands for its value. They are kept apart from the paths; `merged` puts them in, for whoever cannot do with that.
 */
export function labelledPaths(
  { length, parent, location, leaf }: StackPaths,
  above: readonly Int32Array[],
  below: readonly Int32Array[],
  most: number = MOST_PATHS,
): StackPaths {
  const paths = { length, parent, location, leaf };
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
 * The paths with the labels as their first and last locations. Samples are taken in the order of their labels above: so a
 * path has to be copied below the same labels only once, and one column says where it was copied to last.
 */
function mergedPaths(
  { length, parent, location, leaf }: StackPaths,
  above: readonly Int32Array[],
  below: readonly Int32Array[],
  most: number,
): StackPaths {
  const rows = new StackRows();
  const begin = new Int32Array(leaf.length);
  let begins = 1;
  for (let sample = 0; sample < leaf.length; sample++) {
    let row = 0;
    for (const column of above) if (column[sample]! >= 0) row = rows.child(row, column[sample]!);
    begin[sample] = row;
    if (row >= begins) begins = row + 1;
  }
  const rowOf = new Int32Array(length);
  /** Below which labels, as a row of `rows`, the row of `rowOf` is. */
  const madeFor = new Int32Array(length).fill(-1);
  const way = new Int32Array(length);
  const tagged = new Int32Array(leaf.length);
  for (const sample of groupRows(begin, begins).rows) {
    let path = leaf[sample]!;
    let steps = 0;
    for (; path > 0 && madeFor[path] !== begin[sample]; path = parent[path]!) way[steps++] = path;
    let row = path > 0 ? rowOf[path]! : begin[sample]!;
    while (steps > 0) {
      path = way[--steps]!;
      row = rows.child(row, location[path]!);
      rowOf[path] = row;
      madeFor[path] = begin[sample]!;
    }
    for (const column of below) if (column[sample]! >= 0) row = rows.child(row, column[sample]!);
    tagged[sample] = row;
    if (rows.length > most)
      throw new ReportError(
        `labels as frames make more than ${most} paths of the stacks: choose one with fewer values`,
      );
  }
  return { ...rows.finish(), leaf: tagged };
}
