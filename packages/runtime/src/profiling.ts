import { agentThread } from "./agent-instance.ts";
import { MEM_RATE } from "./heap.ts";
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
}

/** Applies the options; `holds`: the process stays alive until they are. */
export async function applyProfiling(options: ProfilingOptions, holds: boolean): Promise<void> {
  const { memProfileRate: memRate = MEM_RATE, allocs = false, blockProfileRate, mutexProfileFraction } = options;
  if (mutexProfileFraction !== undefined) setMutexProfileFraction(mutexProfileFraction);
  try {
    await agentThread().ask("tune", { memRate, allocs }, { holds });
    if (blockProfileRate !== undefined) await setBlockProfileRate(blockProfileRate);
  } catch {
    // Without an inspector, what needs none is served all the same, and each profile says what it lacks.
  }
}
