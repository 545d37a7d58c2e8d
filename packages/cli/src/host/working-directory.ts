import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** The directory that the tool runs in; one that is not there where it is gone, in which nothing by a relative name is. */
export function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return path.join(path.parse(process.execPath).root, "(gone)");
  }
}

/**
 * A thread does not start where the working directory is gone. Then it starts in one that is made for it, and gone as well
 * once the answer is called: nothing that has a relative name is written there.
 */
export function forThread(): () => void {
  try {
    // What Node says may be from before.
    realpathSync.native(".");
    return () => {};
  } catch {
    const made = mkdtempSync(path.join(tmpdir(), "pprof"));
    process.chdir(made);
    return () => rmSync(made, { recursive: true, force: true });
  }
}
