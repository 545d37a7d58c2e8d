import { mkdirSync, statSync } from "node:fs";
import path from "node:path";

/** Makes a directory and those that it is in. Node's own way goes on forever below /proc. */
export function makeDirectory(directory: string): void {
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return;
  const parent = path.dirname(directory);
  if (parent !== directory) makeDirectory(parent);
  try {
    mkdirSync(directory);
  } catch (error) {
    // Another process of the program was first.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || stats !== undefined) throw error;
  }
}
