import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Resolves after so many milliseconds in which this thread and the main one had processors: the time in which either waited for one
 * is not counted, where the system tells it (Linux). At the latest after `most`.
 */
export async function freeTime(millis: number, most: number): Promise<void> {
  const begun = performance.now();
  const waited = waitedMillis();
  for (;;) {
    const passed = performance.now() - begun;
    const left = Math.min(millis - (passed - (waitedMillis() - waited)), most - passed);
    if (left <= 0) return;
    await sleep(left);
  }
}

/** For how long both threads have waited for a processor since they began. */
function waitedMillis(): number {
  return [`/proc/self/task/${process.pid}/schedstat`, "/proc/thread-self/schedstat"].reduce(
    (sum, file) => sum + waitedOf(file),
    0,
  );
}

function waitedOf(file: string): number {
  try {
    // Nanoseconds that it ran, nanoseconds that it waited for that, how often.
    return Number(readFileSync(file, "latin1").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}
