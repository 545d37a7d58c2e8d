/** The channel over which workers of a program that is recorded tell the agent that they are about to end. */
export const WORKER_ENDS_CHANNEL = "@pprof-ts/runtime/worker-ends";

/** What they tell. */
export interface WorkerEnds {
  readonly thread: number;
  /** One int32, for which the worker waits: 1 as soon as the agent has its last samples. */
  readonly taken: Int32Array;
}
