// Hot: of 300,000 stacks with 6 million paths a filter then looks at the 600,000 samples and 300,000 ends alone. Bench:
// bench/src/pages.ts on the shape `300,000 stacks` of bench/src/shapes.ts.

import type { StackPaths } from "./stack-rows.ts";

/** The rows of a trie in which stacks end, numbered from the first to the last. */
export interface StackEnds {
  /** By number, the row. */
  readonly rows: Int32Array;
  /** By row of the profile's samples, the number of the row in which its stack ends. */
  readonly of: Int32Array;
}

/** Where the stacks of all samples end, those with empty stacks in row 0. */
function stackEnds({ length, leaf }: StackPaths): StackEnds {
  /** By row 1 where some end, then their number. */
  const numberOf = new Int32Array(length);
  let count = 0;
  for (let sample = 0; sample < leaf.length; sample++) {
    const row = leaf[sample]!;
    count += 1 - numberOf[row]!;
    numberOf[row] = 1;
  }
  const rows = new Int32Array(count);
  for (let row = 0, number = 0; number < count; row++) {
    if (numberOf[row] === 0) continue;
    rows[number] = row;
    numberOf[row] = number++;
  }
  const of = new Int32Array(leaf.length);
  for (let sample = 0; sample < of.length; sample++) of[sample] = numberOf[leaf[sample]!]!;
  return { rows, of };
}

/** The ends of the stacks of a profile and of what filters make of them: most pictures show the same stacks. */
export class KnownEnds {
  readonly #ends = new WeakMap<StackPaths["leaf"], StackEnds>();

  of(paths: StackPaths): StackEnds {
    const ends = this.#ends.get(paths.leaf) ?? stackEnds(paths);
    this.#ends.set(paths.leaf, ends);
    return ends;
  }
}
