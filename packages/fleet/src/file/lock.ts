import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { FleetError } from "../error.ts";

/** Holds a folder for this process; what a process left that is no more is taken over. Gives back what lets go of it. */
export function lockFolder(file: string): () => void {
  const own = String(process.pid);
  try {
    writeFileSync(file, own, { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    const holder = Number(readFileSync(file, "utf8"));
    if (holder !== process.pid && isAlive(holder)) {
      throw new FleetError(`process ${holder} has this store open: end it, or remove ${file} if it is none of ours`);
    }
    writeFileSync(file, own);
  }
  return () => rmSync(file, { force: true });
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process cannot be sent a signal, and is there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
