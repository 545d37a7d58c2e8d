import { RuntimeError } from "../error.ts";
import { agentThread } from "./agent-instance.ts";
import { put } from "./destination.ts";
import type { Destination } from "./record/custom-profile.ts";
import { currentRecorder } from "./trace/current-recorder.ts";

/** What a trace has of the main thread: `L` what costs little, `E` also for which request each callback runs, and what it waited for. */
export type TraceLevel = "L" | "E";

/** A task of the program's own, as Go's `runtime/trace` has them: something that goes on across functions and awaits. */
export interface TraceTask {
  /** Runs the function as a part of the task, with all that it awaits. */
  run<Result>(act: () => Result): Result;
  /** Ends the task; a second time does nothing. */
  end(): void;
}

// The program may replace it as it runs.
const PromiseOf = Promise;
let destination: Destination | undefined;

/**
 * Begins an execution trace of the main thread; rejects while another one goes on. `level`: default E on Node 24.21 and later, where
 * it costs little, and else L.
 */
export async function startTrace(to?: Destination, level?: TraceLevel): Promise<void> {
  if (level !== undefined && level !== "L" && level !== "E") {
    throw new RuntimeError(`invalid level "${level}": must be L or E`);
  }
  await agentThread().ask("startTrace", { exact: level === undefined ? undefined : level === "E" });
  destination = to;
}

/** Ends the trace, writes it to where `startTrace` was told, and resolves with its bytes, in the format of `go tool trace`. */
export async function stopTrace(): Promise<Uint8Array> {
  const bytes = await agentThread().ask("stopTrace", null);
  const to = destination;
  destination = undefined;
  return put(bytes, to);
}

/** Outside of a trace, a task does nothing but run what it is given. */
const NO_TASK: TraceTask = { run: (act) => act(), end() {} };

function task(name: string): TraceTask {
  const recorder = currentRecorder();
  if (recorder === undefined) return NO_TASK;
  const id = recorder.begin("task", recorder.current(), `${name}`);
  let ended = false;
  return {
    run: (act) => (ended || recorder !== currentRecorder() ? act() : recorder.run(id, act)),
    end() {
      if (!ended) recorder.note("task-end", 0, id);
      ended = true;
    },
  };
}

function region<Result>(name: string, act: () => Result): Result {
  const recorder = currentRecorder();
  if (recorder === undefined) return act();
  const id = recorder.begin("region", recorder.current(), `${name}`);
  const end = (waited: boolean): void => recorder.note("region-end", waited ? 1 : 0, id);
  let waits = false;
  try {
    const result = act();
    if (!(result instanceof PromiseOf)) return result;
    waits = true;
    return endedBy(result, () => end(true)) as Result;
  } finally {
    if (!waits) end(false);
  }
}

/** The result is the caller's to handle, whatever becomes of it. */
async function endedBy<Value>(result: Promise<Value>, end: () => void): Promise<Value> {
  try {
    return await result;
  } finally {
    end();
  }
}

/** What a program says in its execution trace, as by Go's `runtime/trace`; while there is none, it costs a call. */
export const trace: {
  /** Whether the main thread is traced. */
  isEnabled(): boolean;
  /** Begins a task, a part of the request or task that runs. */
  task(name: string): TraceTask;
  /** Runs the function, also an async one, as a part of what runs that has this name. */
  region<Result>(name: string, act: () => Result): Result;
  /** Says something of the request or task that runs. */
  log(key: string, value: string): void;
} = {
  isEnabled: () => currentRecorder() !== undefined,
  task,
  region,
  log(key, value) {
    const recorder = currentRecorder();
    recorder?.note("log", 0, recorder.current(), `${key}\0${value}`);
  },
};
