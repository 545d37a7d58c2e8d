/** A function as V8's profilers name it; line and column of its beginning count from 0, -1 where there is none. */
export interface CallFrame {
  readonly functionName: string;
  /** V8's number of the script in its thread. */
  readonly scriptId?: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}
