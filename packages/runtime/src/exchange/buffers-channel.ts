import type { SiteFrame } from "../target/stack-reader.ts";

/** The channel over which workers tell the agent of the Buffers that they sample. */
export const BUFFERS_CHANNEL = "@pprof-ts/runtime/buffers";

/** The stacks of one worker that can be told apart, and the numbers of each in shared memory: objects and bytes of all, and of what is alive. */
export const SHARED_STACKS = 256;
export const SHARED_NUMBERS = 4;

/** What they tell: stacks that are new, by their numbers; the numbers of all stand in `counts` from then on. */
export interface BuffersEvent {
  readonly thread: number;
  readonly stacks: readonly { readonly number: number; readonly frames: readonly SiteFrame[] }[];
  readonly counts: Float64Array;
}
