import type { SiteFrame } from "../target/stack-reader.ts";

/** The channel over which threads that watch their `Atomics` tell the agent what they see. */
export const ATOMICS_CHANNEL = "@pprof-ts/runtime/atomics";

/** What they tell. */
export type AtomicsEvent =
  /** A wait that a notification ended, on this place in shared memory; times are nanoseconds of `process.hrtime`. */
  | { readonly place: string; readonly since: number; readonly until: number }
  /** A notification that woke so many. */
  | { readonly place: string; readonly at: number; readonly woken: number; readonly frames: SiteFrame[] };
