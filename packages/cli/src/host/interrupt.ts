import vm from "node:vm";
import { ToolError } from "../error.ts";

/** Runs a calculation that Ctrl-C ends, and not the whole tool with it. */
export function interruptible<T>(task: () => T): T {
  // Only what vm runs can be ended from outside, and a script gets at the task by its global object alone.
  try {
    return vm.runInNewContext("task()", { task }, { breakOnSigint: true }) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_INTERRUPTED")
      throw new ToolError("interrupted");
    throw error;
  }
}

/** As `interruptible`, for work that others do meanwhile: Ctrl-C aborts the signal. */
export async function untilInterrupt<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort(new ToolError("interrupted"));
  process.once("SIGINT", interrupt);
  try {
    return await task(controller.signal);
  } finally {
    process.off("SIGINT", interrupt);
  }
}
