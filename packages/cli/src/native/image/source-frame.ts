/** A frame as an object file tells it: a function, and a place in its source. */
export interface SourceFrame {
  /** As in the file: not demangled; "" where unknown. */
  readonly function: string;
  readonly file: string;
  /** 0 where unknown, and so the other two. */
  readonly line: number;
  readonly column: number;
  readonly startLine: number;
}
