import { mkdirSync, statSync } from "node:fs";
import path from "node:path";

/** How a file of the profiler's is made: for its owner alone, and in no place of another's, nor through a link that stands there. */
export const OWN_FILE: { readonly mode: number; readonly flag: string } = { mode: 0o600, flag: "wx" };

/** Makes a directory and those that it is in, for their owner alone. Node's own way goes on forever below /proc. */
export function makeDirectory(directory: string): void {
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return;
  const parent = path.dirname(directory);
  if (parent !== directory) makeDirectory(parent);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // Another process of the program was first.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || stats !== undefined) throw error;
  }
}
