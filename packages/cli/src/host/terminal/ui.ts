import { fstatSync, writeSync } from "node:fs";
import { exactBytes } from "@pprof-ts/profile";
import type { Environment } from "../environment.ts";
import { oneLine, printable } from "./printable.ts";

/** Where messages go; reports go to standard output, which is reserved for them. A terminal gets what is printable. */
export interface Ui {
  readonly print: (text: string) => void;
  /** As `print`, in red on a terminal. */
  readonly warn: (text: string) => void;
  /** A text from a profile or a server as it may stand in a message: on a terminal in one line. */
  readonly quoted: (text: string) => string;
  /** Whether standard output, or standard error, is a terminal. */
  readonly outputIsTerminal: boolean;
  readonly errorIsTerminal: boolean;
  /**
   * Whether what is printed goes on to somebody who is not the user, as to an agent, which believes its lines: names stay
   * in one line, and of sources there are those alone that may be given out.
   */
  readonly isPassedOn: boolean;
}

/** The messages of a command-line tool, on standard error. */
export function standardUi(env: Environment, isPassedOn = false): Ui {
  const errorIsTerminal = isTerminal(2);
  const red = errorIsTerminal && !env.NO_COLOR;
  const line = (text: string): string => {
    const shown = errorIsTerminal ? printable(text) : text;
    return shown.endsWith("\n") ? shown : `${shown}\n`;
  };
  return {
    print: (text) => write(2, exactBytes(line(text))),
    warn: (text) => write(2, red ? `\x1b[31m${line(text)}\x1b[0m` : exactBytes(line(text))),
    quoted: (text) => (errorIsTerminal || isPassedOn ? oneLine(text) : text),
    outputIsTerminal: isTerminal(1),
    errorIsTerminal,
    isPassedOn,
  };
}

/** Whether it is a terminal; the module that knows is loaded with all of Node's sockets, which files and pipes do without. */
function isTerminal(fd: number): boolean {
  try {
    return fstatSync(fd).isCharacterDevice() && process.getBuiltinModule("node:tty").isatty(fd);
  } catch {
    return false;
  }
}

/**
 * Writes everything before it returns, so that what goes to standard output and standard error keeps its order and
 * nothing is lost when the process ends. Whoever closed the other end wants no more: `ClosedOutput`.
 */
export function write(fd: number, data: string | Uint8Array): void {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE") throw new ClosedOutput();
      if (code !== "EAGAIN") throw error;
      // A pipe that another program made non-blocking is full: wait for its reader.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/** The reader of standard output is gone, as in `pprof -top … | head -1`: the end of the work, but no fault. */
export class ClosedOutput extends Error {}
