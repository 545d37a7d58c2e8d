import type { PathTrie } from "../stack/path-rows.ts";
import { MemberRanges } from "./member-ranges.ts";
import type { LocationFrames, StackParts } from "./stack-parts.ts";

/** Stacks of which a tree shows what begins with a pivot: each place where one does is a range of members. */
export interface PivotCallees extends StackParts {
  readonly begins: MemberRanges;
}

/** Stacks of which a tree shows what ends with a pivot: by member, the row of the selection's frames that is one. */
export interface PivotCallers extends StackParts {
  readonly innermost: Int32Array;
}

/**
 * Splits stacks at the outermost frame for which `isPivot` is 1: what begins with it, and what ends with it. Members below a
 * row stand together, so nothing is sorted anew: what begins at one place is a range of them, and a member of the callers.
 */
export function pivotParts(
  parts: StackParts,
  isPivot: Uint8Array,
): { readonly callees: PivotCallees; readonly callers: PivotCallers } {
  const { tries, at, value, size } = parts;
  const pivotOf = outermostFrames(parts.frames, isPivot);
  const outermost = tries.map((trie) => outermostPivots(trie, pivotOf));
  const begins = new MemberRanges();
  for (let member = 0; member < value.length; ) {
    const first = member++;
    let part = 0;
    while (part < 3 && outermost[part]![at[part]![first]!] === 0) part++;
    if (part === 3) continue;
    const row = outermost[part]![at[part]![first]!]!;
    const isSame = (member: number): boolean => {
      for (let before = 0; before < part; before++) if (at[before]![member] !== at[before]![first]) return false;
      return outermost[part]![at[part]![member]!] === row;
    };
    while (member < value.length && isSame(member)) member++;
    begins.push(first, member, part, row, pivotOf[tries[part]!.location[row]!]!);
  }
  const { length } = begins;
  const columns = [new Int32Array(length), new Int32Array(length), new Int32Array(length)] as const;
  const values = new Float64Array(length);
  const sizes = new Float64Array(length);
  let hasNegative = false;
  for (let i = 0; i < length; i++) {
    const first = begins.first[i]!;
    const part = begins.part[i]!;
    for (let before = 0; before < part; before++) columns[before]![i] = at[before]![first]!;
    columns[part]![i] = begins.row[i]!;
    for (let member = first; member < begins.end[i]!; member++) {
      values[i]! += value[member]!;
      sizes[i]! += size[member]!;
    }
    hasNegative ||= values[i] !== sizes[i];
  }
  return {
    callees: { ...parts, hasNegative, begins },
    callers: {
      ...parts,
      at: columns,
      value: values,
      size: sizes,
      hasNegative,
      innermost: begins.frame.subarray(0, length),
    },
  };
}

/** By location, its outermost frame that is a pivot, as a row of the selection's frames; -1 where none is. */
function outermostFrames({ start, rowOf }: LocationFrames, isPivot: Uint8Array): Int32Array {
  const pivotOf = new Int32Array(start.length - 1).fill(-1);
  for (let location = 0; location < pivotOf.length; location++) {
    for (let frame = start[location]!; frame < start[location + 1]!; frame++)
      if (isPivot[rowOf[frame]!] === 1) pivotOf[location] = frame;
  }
  return pivotOf;
}

/** By row, the outermost one on the way to it in which there is a pivot; 0 for none. */
function outermostPivots({ length, location, end }: PathTrie, pivotOf: Int32Array): Int32Array {
  const outermost = new Int32Array(length);
  for (let row = 1; row < length; ) {
    const isOne = pivotOf[location[row]!]! >= 0;
    const next = isOne ? end[row]! : row + 1;
    if (isOne) outermost.fill(row, row, next);
    row = next;
  }
  return outermost;
}
