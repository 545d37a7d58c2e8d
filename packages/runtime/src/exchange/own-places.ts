/** Where a function begins, as V8's profilers tell it: lines and columns count from 0. */
export interface FunctionPlace {
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

/**
 * Where functions of the profiler begin that the main thread runs; undefined where the program lets nobody know. Bundled, they have
 * the program's file and no name of their own.
 */
export interface OwnPlaces {
  /** The folder of the profiler's scripts, which run in the program as well; undefined in one file with others, which stands anywhere. */
  readonly scripts: string | undefined;
  /** What its event loop calls with what the agent asks or answers. */
  readonly hears: FunctionPlace | undefined;
  /** What waits for the agent as the process ends. */
  readonly ends: FunctionPlace | undefined;
  /** The constructor that counts Buffers. */
  readonly buffers: FunctionPlace | undefined;
}
