import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";
import { sampleOwnBuffers } from "./worker-buffers.ts";

/** Under this key each worker is told how to sample its heap. */
const KEY = "@pprof-ts/runtime: bytes between two heap samples";

/** Has the workers that start from now on sample their own heap, where Node preloads `register` into them. */
export function tellWorkers(rate: number): void {
  setEnvironmentData(KEY, rate);
}

/**
 * Has V8 sample the live objects of the worker that this runs in, for its whole life; `heap` reads them. The worker does so
 * itself, with an inspector session of its own: one that another thread has is sent commands, which its end may meet
 * (`worker-commands.ts`).
 */
export async function sampleOwnHeap(): Promise<void> {
  const samplingInterval = getEnvironmentData(KEY);
  if (typeof samplingInterval !== "number" || samplingInterval === 0) return;
  sampleOwnBuffers(samplingInterval);
  const { Session } = await import("node:inspector");
  const session = new Session();
  session.connect();
  session.post("HeapProfiler.enable");
  session.post("HeapProfiler.startSampling", { samplingInterval });
}
