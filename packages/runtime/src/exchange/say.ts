import { Buffer } from "node:buffer";
import { writeSync } from "node:fs";

/** How often a pipe that takes nothing is tried again, and how long that waits each time, in milliseconds. */
const TRIES = 10;
const PAUSE = 5;

// The program may have taken them away by then.
const { wait } = Atomics;
const { from } = Buffer;
const paused = new Int32Array(new SharedArrayBuffer(4));

/**
 * A line on standard error for whoever runs the program. One that cannot be written (a full disk, a reader that has gone) is lost,
 * and nothing else is: a stream would end the program by an error of which only the program could hear. Written at once, also
 * by a thread of its own, where what a worker prints waits for the main thread.
 */
export function say(sentence: string): void {
  let rest: Uint8Array = from(`pprof: ${sentence}\n`);
  for (let tries = 0; rest.length > 0 && tries < TRIES; ) {
    try {
      rest = rest.subarray(writeSync(2, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      // The pipe does not block and is full: its reader may be about to read.
      tries++;
      wait(paused, 0, 0, PAUSE);
    }
  }
}
