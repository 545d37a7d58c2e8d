// `node --import @pprof-ts/runtime/register app.js`: serves profiles with no change to the program.
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { addressUrl, DEFAULT_ADDRESS } from "./exchange/listen-address.ts";
import { MEM_RATE } from "./exchange/rates.ts";
import { say } from "./exchange/say.ts";
import { type ListenOptions, listenAt } from "./program/listen.ts";
import { DENIED, isInspectorPermitted } from "./program/permissions.ts";
import { watchOwnAtomics } from "./program/record/atomics.ts";
import { sampleOwnHeap, tellWorkers } from "./program/record/worker-heap.ts";
import { sayUnlessServed } from "./program/served-elsewhere.ts";
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
  let options: ListenOptions = { processes: true };
  try {
    options = { ...options, ...readSettings(startedAs().env) };
    if (isInspectorPermitted()) tellWorkers(options.memProfileRate ?? MEM_RATE);
    await listenAt(options, { announce: true, holds: false });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const address = { host: options.host ?? DEFAULT_ADDRESS.host, port: options.port ?? DEFAULT_ADDRESS.port };
    const next = `choose another port with PPROF_ADDR=${address.host}:${address.port + 1}`;
    const sentence = code === "EADDRINUSE" ? `${addressUrl(address)} is taken; ${next}` : message;
    // The program comes first: without its profiler, it goes on.
    const tell = (): void => say(`no profiles are served: ${sentence}`);
    if (code === DENIED && options.processes === true) await sayUnlessServed(address, tell);
    else tell();
  }
}
