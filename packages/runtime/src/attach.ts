// The collectors for whoever has a session of another process's inspector, which needs nothing of this package itself.

import { StallBudget } from "./agent/budget/stall-budget.ts";
import { Addresses } from "./agent/code/code-addresses.ts";
import type { Surroundings } from "./agent/code/frames.ts";
import { RunningScripts } from "./agent/code/running.ts";
import { Scripts } from "./agent/code/scripts.ts";
import { CpuProfiler } from "./agent/cpu/cpu-profiler.ts";
import { goroutineProfile, readGoroutines } from "./agent/goroutine/goroutine.ts";
import { Coverage } from "./agent/inspector/coverage.ts";
import type { Session } from "./agent/inspector/session.ts";
import { Threads } from "./agent/inspector/threads.ts";
import { pack } from "./agent/profile/pack.ts";
import type { Program } from "./exchange/program.ts";

export { importedNames } from "./agent/code/imports.ts";
export type { Session } from "./agent/inspector/session.ts";
export { sharedPorts } from "./agent/processes/shared-ports.ts";
export type { RecordedKind, Recording } from "./exchange/messages.ts";
export type { Program } from "./exchange/program.ts";

/** The collectors of a process, by way of the inspector's session of its main thread; profiles are gzipped bytes. */
export interface Attached {
  /** CPU samples of all threads; `rate` is in samples a second. Rejects when the signal aborts. */
  cpu(seconds: number, rate: number, signal: AbortSignal): Promise<Uint8Array>;
  /** What waits in the main thread; `full`: however long it holds it to find that. */
  goroutine(full: boolean): Promise<Uint8Array>;
}

/** `env`: the variables of the process, as far as they say who counts which of its code runs. */
export function attached(session: Session, program: Program, env: NodeJS.ProcessEnv = {}): Attached {
  const scripts = new Scripts();
  const coverage = new Coverage(program, env);
  const running = new RunningScripts(scripts, program, new StallBudget(), coverage);
  const surroundings: Surroundings = { scripts, running, addresses: new Addresses(), program };
  // None of its threads is ours.
  const threads = new Threads(session, () => false, coverage);
  return {
    async cpu(seconds, rate, signal) {
      const options = { rate, lines: false, timeline: false };
      return pack(await new CpuProfiler(threads, surroundings).capture(seconds, options, signal));
    },
    async goroutine(full) {
      const goroutines = await readGoroutines(threads.main, new StallBudget(), coverage, full);
      return pack(await goroutineProfile(goroutines, surroundings, session));
    },
  };
}
