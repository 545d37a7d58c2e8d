/**
 * Merges equal stacks while a profile is read, so that there is never a column of them all: a week of a large program
 * has 160 million locations in 5 million stacks, of which most are equal to others.
 */
export interface StackMerger {
  /** A number for the stack between these two places, the same for equal stacks. */
  readonly row: (stacks: Uint32Array, first: number, end: number) => number;
  /** Takes the number of each sample's stack when all have been read; never called where stacks have to be kept. */
  readonly finish: (rows: Int32Array) => void;
  /** Writes the stack with this number from `at` on, leaf first. */
  readonly copy: (row: number, into: Uint32Array, at: number) => void;
}
