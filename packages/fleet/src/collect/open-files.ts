import { readFileSync } from "node:fs";

/** Where the system does not say: what macOS and most others allow. */
const USUAL = 4096;
/** More is of no use to one process. */
const MOST_SCRAPES = 16_384;

/** How many scrapes may be under way, each of which has a socket: three quarters of the files that this process may open. */
export function mostOpenScrapes(): number {
  let limit = USUAL;
  try {
    limit = Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1] ?? USUAL);
  } catch {
    // No Linux.
  }
  return Math.max(16, Math.min(MOST_SCRAPES, Math.floor(0.75 * limit)));
}
