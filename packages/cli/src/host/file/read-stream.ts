import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { ToolError } from "../../error.ts";
import { patience, tooLarge, tooLate } from "../limit.ts";
import { fileName } from "./file-name.ts";

/** How much is read, and how long. */
export interface Limit {
  readonly maxBytes: number;
  /** Seconds, not positive for the default. */
  readonly timeout: number;
}

const CHUNK = 1 << 16;
/** Milliseconds until a pipe is asked again. */
const PAUSE = 10;
/** Milliseconds until somebody who sits before a terminal is told what is awaited. */
const UNAWARE = 2000;

/** Everything that standard input gives. Somebody who types takes as long as need be, unless a time was given, and hears by `tell` that it is awaited. */
export async function readStandardInput(
  { maxBytes, timeout }: Limit,
  tell: (sentence: string) => void,
): Promise<Uint8Array> {
  const { stdin } = process;
  // Two who read it would have every other part each.
  if (stdin.readableDidRead || stdin.listenerCount("readable") > 0) {
    throw new ToolError("standard input is read for another source already");
  }
  const seconds = patience(timeout);
  const awaitsEnd = timeout > 0 || !stdin.isTTY;
  const timers = [
    ...(awaitsEnd ? [setTimeout(() => stdin.destroy(tooLate(seconds)), seconds * 1000)] : []),
    ...(stdin.isTTY ? [setTimeout(tell, UNAWARE, "Reading standard input, which is a terminal: Ctrl-D ends it")] : []),
  ];
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of stdin as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      parts.push(part);
    }
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
  return Buffer.concat(parts);
}

/**
 * Everything that a file gives, a device, or a pipe, which may not have a writer yet. Nothing waits in the system, where
 * only the end of the program could end it.
 */
export async function readStream(path: string, { maxBytes, timeout }: Limit): Promise<Uint8Array> {
  const file = openSync(fileName(path), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const status = fstatSync(file);
    if (status.isFile() && status.size > maxBytes) throw tooLarge(maxBytes);
    const awaitsWriter = status.isFIFO() && hasName(path);
    const seconds = patience(timeout);
    const deadline = Date.now() + seconds * 1000;
    const parts: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      // One byte more than a file has, so that nothing is left; a pipe gives no more at a time.
      const part = Buffer.allocUnsafeSlow(status.isFile() && size < status.size ? status.size - size + 1 : CHUNK);
      const count = readAvailable(file, part);
      if (count !== undefined && count > 0) {
        parts.push(part.subarray(0, count));
        size += count;
        if (size > maxBytes) throw tooLarge(maxBytes);
      } else if (count === 0 && !(awaitsWriter && size === 0)) {
        return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      } else await new Promise((resolve) => setTimeout(resolve, PAUSE));
      if (Date.now() > deadline && !(status.isFile() && count !== undefined)) throw tooLate(seconds);
    }
  } finally {
    closeSync(file);
  }
}

/** Reads what is there; undefined where there is nothing yet. */
function readAvailable(file: number, into: Buffer): number | undefined {
  try {
    return readSync(file, into, 0, into.length, null);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}

/** Whether a pipe stands in a directory: of one without a name, such as a shell's `<(…)`, the writer is there before it is. */
function hasName(path: string): boolean {
  try {
    realpathSync.native(fileName(path));
    return true;
  } catch {
    return false;
  }
}
