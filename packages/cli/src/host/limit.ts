import { totalmem } from "node:os";
import { ToolError } from "../error.ts";

/** More than any profile is; half of what it and its profile then take is there on a machine of 4 GB. */
const MOST_BYTES = 2 ** 30;

/** What is read of one source where the command line does not say: 1 GiB, or half of the memory where that is less. */
export function defaultMaxBytes(): number {
  const allowed = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.min(MOST_BYTES, Math.floor(Math.min(totalmem(), allowed) / 2));
}

/** What is said of a source that goes on after so many bytes. */
export function tooLarge(maxBytes: number): ToolError {
  return new ToolError(`more than ${maxBytes} bytes, and no more is read; -max_bytes=${4 * maxBytes} raises the limit`);
}

/** What is said of a source that has not ended after so many seconds. */
export function tooLate(seconds: number): ToolError {
  return new ToolError(`no end within ${seconds}s; -timeout=${4 * seconds} waits longer`);
}
