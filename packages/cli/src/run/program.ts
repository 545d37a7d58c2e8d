import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { messageOf } from "../error.ts";
import type { Environment } from "../host/environment.ts";

/** How a program has ended. */
export interface Ended {
  /** As a shell has it: 128 and its number for a signal. */
  readonly status: number;
  readonly signal: NodeJS.Signals | undefined;
  /** Why it could not be started; undefined: it was. */
  readonly failure: string | undefined;
}

/** The signals that a terminal sends to the program as well: it has had them already. */
const OF_TERMINAL: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT", "SIGHUP"];
const PASSED_ON: readonly NodeJS.Signals[] = [...OF_TERMINAL, "SIGTERM", "SIGUSR2"];

/** What a shell answers where a command cannot be run, and where there is none. */
const NOT_RUN = 126;
const NOT_FOUND = 127;

/**
 * Runs a program with the streams and the terminal of the tool, and waits for its end. It gets each signal once: from the terminal,
 * or from here.
 */
export async function runProgram(command: readonly string[], env: Environment): Promise<Ended> {
  const [file = "", ...args] = command;
  let child: ChildProcess;
  try {
    child = spawn(file, args, { stdio: "inherit", env });
  } catch (error) {
    return notStarted(error);
  }
  const handlers = PASSED_ON.map((signal) => [signal, (): void => passOn(child, signal)] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  try {
    return await new Promise((resolve) => {
      child.once("error", (error) => resolve(notStarted(error)));
      child.once("exit", (code, signal) =>
        resolve({
          status: signal === null ? (code ?? 0) : 128 + constants.signals[signal],
          signal: signal ?? undefined,
          failure: undefined,
        }),
      );
    });
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}

/** Unless it has had it from the terminal. */
function passOn(child: ChildProcess, signal: NodeJS.Signals): void {
  if (!(OF_TERMINAL.includes(signal) && hasTerminal())) child.kill(signal);
}

/** Whether what is typed at a terminal comes to the tool, and so to the program as well. */
function hasTerminal(): boolean {
  try {
    // After the name: state, parent, group, session, terminal, and the group in its foreground.
    const [, , group, , , foreground] = readFileSync("/proc/self/stat", "latin1").split(") ").at(-1)!.split(" ");
    return group === foreground;
  } catch {
    const { isatty } = process.getBuiltinModule("node:tty");
    return process.platform === "win32" || [0, 1, 2].some((fd) => isatty(fd));
  }
}

/** How a program that could not be started has ended. */
export function notStarted(error: unknown): Ended {
  const { code, path } = error as NodeJS.ErrnoException & { readonly path?: string };
  const isThere = path?.includes("/") === true && existsSync(path);
  const failure = code === "ENOENT" && !isThere ? "no such command" : messageOf(error);
  return { status: code === "ENOENT" ? NOT_FOUND : NOT_RUN, signal: undefined, failure };
}
