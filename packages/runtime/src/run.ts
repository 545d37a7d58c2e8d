// What `preload.cts` loads: records this process from here, before the first line of its program, to its end.
import { writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import type { Recording } from "./exchange/messages.ts";
import { agentThread } from "./program/agent-instance.ts";
import { tellOwnEnd } from "./program/record/worker-ends.ts";

/** For how long a program waits for its profiler at most; it takes 50 to 100 ms, and longer where the processors are taken. */
const BEGIN_MILLIS = 5_000;

const { PPROF_RUN } = process.env;
if (PPROF_RUN) {
  if (isMainThread) record(PPROF_RUN);
  else tellOwnEnd();
}

function record(text: string): void {
  let directory = "";
  try {
    const recording = JSON.parse(text) as Recording;
    directory = recording.directory;
    agentThread(true).askNow("record", recording, BEGIN_MILLIS);
  } catch (error) {
    // Whoever has started it is told; the program goes on, and hears nothing of it.
    tell(directory, error instanceof Error ? error.message : String(error));
  }
}

function tell(directory: string, why: string): void {
  try {
    writeFileSync(path.join(directory, `${process.pid}-0.failed`), why, { mode: 0o600 });
  } catch {
    // It has ended, or this process may not write there.
  }
}
