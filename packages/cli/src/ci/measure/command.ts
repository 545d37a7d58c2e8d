import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { constants } from "node:os";
import type { Environment } from "../../host/environment.ts";
import { type Ended, notStarted } from "../../run/program.ts";

/** How long what is asked to end may take before it is killed. */
const PATIENCE_MILLIS = 3_000;
/** What Linux counts processor time in. */
const TICK_NANOS = 1e7;
/** In a process's `stat`, behind its name: times of all that have ended below it, of themselves and of the system for them. */
const TIMES_BELOW = [13, 14];

export interface CommandOptions {
  readonly cwd: string;
  readonly env: Environment;
  /** The file that gets what it prints, anew. */
  readonly log: string;
  readonly stop: AbortSignal;
}

export interface EndedCommand extends Ended {
  readonly wallNanos: number;
  /** Of the process and all below it that have ended; undefined where the system does not say. */
  readonly cpuNanos: number | undefined;
  /** Ends what the command has left running, which would run beside what comes next. */
  endRest(): void;
}

/**
 * Runs a command to its end, with what it prints in a file and no input. It has a process group of its own, so that all below it
 * end with it when the tool is asked to end; then what the signal aborted with is thrown.
 */
export async function runCommand(command: readonly string[], options: CommandOptions): Promise<EndedCommand> {
  const { cwd, env, log, stop } = options;
  stop.throwIfAborted();
  const output = openSync(log, "w", 0o600);
  const before = nanosBelow();
  const begun = performance.now();
  let child: ChildProcess | undefined;
  let killing: NodeJS.Timeout | undefined;
  const endAll = (signal: NodeJS.Signals): void => {
    if (child !== undefined) endGroup(child, signal);
  };
  const stopped = (): void => {
    endAll("SIGTERM");
    killing = setTimeout(endAll, PATIENCE_MILLIS, "SIGKILL");
  };
  stop.addEventListener("abort", stopped);
  try {
    const [file = "", ...args] = command;
    const detached = process.platform !== "win32";
    child = spawn(file, args, { cwd, env, stdio: ["ignore", output, output], detached });
    const ended = await endOf(child);
    const wallNanos = (performance.now() - begun) * 1e6;
    const cpuNanos = before === undefined ? undefined : (nanosBelow() ?? before) - before;
    if (stop.aborted) endAll("SIGKILL");
    stop.throwIfAborted();
    return { ...ended, wallNanos, cpuNanos, endRest: () => endAll("SIGTERM") };
  } catch (error) {
    stop.throwIfAborted();
    return { ...notStarted(error), wallNanos: 0, cpuNanos: undefined, endRest: () => {} };
  } finally {
    clearTimeout(killing);
    stop.removeEventListener("abort", stopped);
    closeSync(output);
  }
}

function endOf(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      resolve({
        status: signal === null ? (code ?? 0) : 128 + constants.signals[signal],
        signal: signal ?? undefined,
        failure: undefined,
      }),
    );
  });
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (process.platform === "win32") child.kill(signal);
    else if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // All of them have ended.
  }
}

/** The processor time of all processes that this one has started and that have ended, with those below them; Linux alone says. */
function nanosBelow(): number | undefined {
  try {
    const fields = readFileSync("/proc/self/stat", "latin1").split(") ").at(-1)!.split(" ");
    return TIMES_BELOW.reduce((sum, at) => sum + Number(fields[at]), 0) * TICK_NANOS;
  } catch {
    return undefined;
  }
}

/** So much of the end of what a command has printed is shown. */
const SHOWN_BYTES = 4_096;
const SHOWN_LINES = 20;

/** The last lines of what a command has printed. */
export function lastLines(log: string): string {
  return lastBytes(log, SHOWN_BYTES).toString().trimEnd().split("\n").slice(-SHOWN_LINES).join("\n");
}

/** The last bytes of it, so many at most. */
export function lastBytes(log: string, most: number): Buffer {
  const file = openSync(log, "r");
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, most));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return bytes;
  } finally {
    closeSync(file);
  }
}
