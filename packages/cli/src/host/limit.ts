import { totalmem } from "node:os";
import { ToolError } from "../error.ts";

/** More than any profile is; half of what it and its profile then take is there on a machine of 4 GB. */
const MOST_BYTES = 2 ** 30;

/** What is read of one source where the command line does not say: 1 GiB, or half of the memory where that is less. */
export function defaultMaxBytes(): number {
  const allowed = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.min(MOST_BYTES, Math.floor(Math.min(totalmem(), allowed) / 2));
}

/** Seconds within which a pipe must have given all, where the command line does not say: longer than programs record. */
const PIPE_TIMEOUT = 600;

/** Seconds within which all must be there of what may never end, by what the command line says, not positive where it does not. */
export function patience(timeout: number): number {
  return timeout > 0 ? timeout : PIPE_TIMEOUT;
}

/** What is said of a source that goes on after so many bytes. */
export function tooLarge(maxBytes: number): ToolError {
  return new ToolError(`more than ${maxBytes} bytes, and no more is read; -max_bytes=${4 * maxBytes} raises the limit`);
}

/** What is said of stacks that would take so many bytes, where each is written out; `why` says that. */
export function tooDeep(why: string, stackBytes: number): string {
  return `${why}; -max_stack_bytes=${stackBytes} raises the limit`;
}

/** What is said of a source that has not ended after so many seconds. */
export function tooLate(seconds: number): ToolError {
  return new ToolError(`no end within ${seconds}s; -timeout=${4 * seconds} waits longer`);
}
