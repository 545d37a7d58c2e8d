// What `preload.cts` loads: records this process from here, before the first line of its program, to its end.
import { writeFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import type { Recording } from "./exchange/messages.ts";
import { MEM_RATE } from "./exchange/rates.ts";
import { agentThread } from "./program/agent-instance.ts";
import { sampleBuffers, setMutexProfileFraction } from "./program/rates.ts";
import { passEndingSignals } from "./program/record/ending-signals.ts";
import { watchSyncCalls } from "./program/record/sync-calls.ts";
import { tellWorkers } from "./program/record/worker-heap.ts";
import { watchTests } from "./program/runners/running-tests.ts";

/** For how long a program waits for its profiler at most; it takes 50 to 100 ms, and longer where the processors are taken. */
const BEGIN_MILLIS = 5_000;

const { PPROF_RUN } = process.env;
if (PPROF_RUN) {
  try {
    recordProcess(JSON.parse(PPROF_RUN) as Recording);
  } catch {
    // Nothing that `pprof run` has written.
  }
}

function recordProcess(recording: Recording): void {
  const { directory, kinds } = recording;
  try {
    const agent = agentThread(true);
    if (recording.tests) {
      watchTests();
      // Runners end the processes of tests so.
      passEndingSignals();
    }
    agent.askNow("record", recording, BEGIN_MILLIS);
    if (kinds.includes("heap")) tellWorkers(MEM_RATE);
    if (kinds.includes("heap") || kinds.includes("allocs")) sampleBuffers(MEM_RATE);
    if (kinds.includes("block")) watchSyncCalls(true);
    if (kinds.includes("mutex")) setMutexProfileFraction(1);
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
