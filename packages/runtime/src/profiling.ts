import path from "node:path";
import { agentThread } from "./agent-instance.ts";
import { parseDuration } from "./duration.ts";
import { RuntimeError } from "./error.ts";
import { MEM_RATE } from "./heap.ts";
import type { Tuning } from "./messages.ts";
import { setBlockProfileRate, setMutexProfileFraction } from "./rates.ts";

/** How the process is profiled. Each holds for the whole process, until it is set again. */
export interface ProfilingOptions {
  /** Bytes allocated between two heap samples; default 512 KiB, 0 for none. */
  readonly memProfileRate?: number;
  /** Counts all allocations since now for `allocs`; `heap` then has no live objects, for V8 cannot sample both. */
  readonly allocs?: boolean;
  /** See `setBlockProfileRate`. */
  readonly blockProfileRate?: number;
  /** See `setMutexProfileFraction`. */
  readonly mutexProfileFraction?: number;
  /**
   * Keeps the CPU profiler running at 100 Hz, so that a capture begins at once however large the heap is, and its samples
   * for this long, such as "5m", for `profile?last=60`. Less than 1 % of the main thread, and 4 to 6 ms each 15 seconds.
   */
  readonly keep?: string | number;
  /** Writes the last samples to `stallDirectory` when the event loop was held this long, such as "500ms"; needs `keep`. */
  readonly onStall?: string | number;
  /** Default: the working directory. */
  readonly stallDirectory?: string;
}

/** Applies the options; `holds`: the process stays alive until they are. */
export async function applyProfiling(options: ProfilingOptions, holds: boolean): Promise<void> {
  const { memProfileRate: memRate = MEM_RATE, allocs = false, mutexProfileFraction, keep, onStall } = options;
  const tuning: Tuning = {
    memRate,
    allocs,
    ...(keep === undefined ? {} : { keepMillis: parseDuration(keep) }),
    ...(onStall === undefined
      ? {}
      : { stall: { millis: parseDuration(onStall), directory: path.resolve(options.stallDirectory ?? ".") } }),
  };
  if (tuning.stall !== undefined && !tuning.keepMillis) {
    throw new RuntimeError("onStall (PPROF_STALL) needs keep (PPROF_KEEP): it writes what was recorded before");
  }
  const blockRate = options.blockProfileRate ?? (tuning.stall && tuning.stall.millis * 1e6);
  if (mutexProfileFraction !== undefined) setMutexProfileFraction(mutexProfileFraction);
  try {
    await agentThread().ask("tune", tuning, { holds });
    if (blockRate !== undefined) await setBlockProfileRate(blockRate);
  } catch {
    // Without an inspector, what needs none is served all the same, and each profile says what it lacks.
  }
}
