// `node --import @pprof-ts/runtime/register app.js`: serves profiles with no change to the program.
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { addressUrl, DEFAULT_ADDRESS } from "./exchange/listen-address.ts";
import { MEM_RATE } from "./exchange/rates.ts";
import { say } from "./exchange/say.ts";
import { listenAt } from "./program/listen.ts";
import { isInspectorPermitted } from "./program/permissions.ts";
import { watchOwnAtomics } from "./program/record/atomics.ts";
import { sampleOwnHeap, tellWorkers } from "./program/record/worker-heap.ts";
import { readSettings } from "./program/settings.ts";
import { startedAs } from "./program/started-as.ts";

// Node preloads into worker threads too; the main thread's profiler serves for all, but for what each has to watch itself.
if (isMainThread) void register();
else {
  // A Node without an inspector has no heap profiles.
  sampleOwnHeap().catch(() => {});
  if (Number(process.env.PPROF_MUTEX_FRACTION) > 0) watchOwnAtomics(true);
}

async function register(): Promise<void> {
  try {
    const options = { processes: true, ...readSettings(startedAs().env) };
    if (isInspectorPermitted()) tellWorkers(options.memProfileRate ?? MEM_RATE);
    try {
      await listenAt(options, { announce: true, holds: false });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      const { host, port } = { ...DEFAULT_ADDRESS, ...options };
      const sentence = `${addressUrl({ host, port })} is taken; choose another port with PPROF_ADDR=${host}:${port + 1}`;
      throw new Error(sentence, { cause: error });
    }
  } catch (error) {
    // The program comes first: without its profiler, it goes on.
    say(`no profiles are served: ${error instanceof Error ? error.message : error}`);
  }
}
