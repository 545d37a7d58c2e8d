import type { Trace } from "./trace.ts";

/** What was read of a trace. */
export interface ReadTrace {
  readonly trace: Trace;
  /** Why the rest was not; undefined: it is whole. */
  readonly broken: string | undefined;
}
