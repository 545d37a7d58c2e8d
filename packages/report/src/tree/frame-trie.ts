/** Stacks of frames, merged by what they have in common at the root, in depth-first order; row 0 is the empty stack. */
export interface FrameTrie {
  readonly length: number;
  /** A row of the frame table; -1 for row 0. */
  readonly frame: Int32Array;
  /** -1 for row 0. */
  readonly parent: Int32Array;
  /** What is below row i are the rows after it, up to but without `end[i]`. */
  readonly end: Int32Array;
}
