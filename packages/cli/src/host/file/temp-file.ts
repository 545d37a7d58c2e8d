import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { messageOf, ToolError } from "../../error.ts";
import type { Environment } from "../environment.ts";
import type { Ui } from "../terminal/ui.ts";
import { makeDirectory } from "./file-name.ts";

/**
 * Writes a new file `<directory>/<prefix>NNN<suffix>`, NNN the first number from 001 that is free, and returns its path.
 * A profile may tell what others must not read: only the user may.
 */
export function writeNumbered(directory: string, prefix: string, suffix: string, data: string | Uint8Array): string {
  for (let number = 1; number < 10000; number++) {
    const file = path.join(directory, `${prefix}${String(number).padStart(3, "0")}${suffix}`);
    let fd: number;
    try {
      fd = openSync(file, "wx", 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    try {
      writeFileSync(fd, data);
    } finally {
      closeSync(fd);
    }
    return file;
  }
  throw new ToolError(`could not create file of the form ${path.join(directory, `${prefix}001${suffix}`)}`);
}

/** Files that are removed when the tool ends. */
export class TemporaryFiles {
  readonly #files: string[] = [];

  /** As `writeNumbered`, in the system's directory for such files. */
  write(prefix: string, suffix: string, data: string | Uint8Array): string {
    const file = writeNumbered(tmpdir(), prefix, suffix, data);
    this.#files.push(file);
    return file;
  }

  remove(): void {
    for (const file of this.#files.splice(0)) rmSync(file, { force: true });
  }
}

/** The directory that fetched profiles are saved in, made if need be: PPROF_TMPDIR, else pprof in the home directory. */
export function saveDirectory(env: Environment, ui: Ui): string {
  const home = homeDirectory(env);
  const candidates = [env.PPROF_TMPDIR, home && path.join(home, "pprof"), tmpdir()];
  for (const directory of candidates) {
    if (!directory) continue;
    try {
      makeDirectory(directory);
      return directory;
    } catch (error) {
      ui.warn(`Could not use temp dir ${directory}: ${messageOf(error)}`);
    }
  }
  throw new ToolError("failed to identify temp dir");
}

/** The user's home directory as the environment has it. */
export function homeDirectory(env: Environment): string | undefined {
  return env[process.platform === "win32" ? "USERPROFILE" : "HOME"];
}
