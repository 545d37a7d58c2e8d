// `node --import @pprof-ts/runtime/register app.js`: serves profiles with no change to the program.
import { isMainThread } from "node:worker_threads";
import { addressUrl, DEFAULT_ADDRESS, parseAddress } from "./address.ts";
import { listenAt } from "./listen.ts";

// Node preloads into worker threads too; the main thread's profiler serves for all.
if (isMainThread) void register();

async function register(): Promise<void> {
  try {
    const text = process.env.PPROF_ADDR;
    const address = text ? parseAddress(text) : DEFAULT_ADDRESS;
    try {
      await listenAt(address, { announce: true, holds: false });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      throw new Error(`${addressUrl(address)} is taken; choose another port with PPROF_ADDR=localhost:6061`, {
        cause: error,
      });
    }
  } catch (error) {
    // The program comes first: without its profiler, it goes on.
    process.stderr.write(`pprof: no profiles are served: ${error instanceof Error ? error.message : error}\n`);
  }
}
