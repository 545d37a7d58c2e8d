import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { ToolError } from "../../error.ts";
import { fileName } from "./file-name.ts";

/** Sources, maps, settings: more than anybody writes by hand or a bundler makes. */
const LARGEST_TEXT = 2 ** 28;

/**
 * The bytes of a regular file, no more than `largest`: what a profile or a directory names may be a device that never ends,
 * or a pipe that nobody writes to. Throws what went wrong.
 */
export function readRegularFile(path: string, largest: number): Buffer {
  // Without it, opening a pipe waits for its writer; reading some files of the kernel's, for news.
  const file = openSync(fileName(path), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const status = fstatSync(file);
    if (status.isDirectory()) throw new ToolError(`${path}: is a directory`);
    if (!status.isFile()) throw new ToolError(`${path}: not a regular file`);
    if (status.size > largest) throw new ToolError(`${path}: larger than ${largest} bytes`);
    return readAll(file, path, status.size, largest);
  } finally {
    closeSync(file);
  }
}

/** The same as text. */
export function readTextFile(path: string): string {
  return readRegularFile(path, LARGEST_TEXT).toString("utf8");
}

function readAll(file: number, path: string, size: number, largest: number): Buffer {
  // Files of the kernel's say that they are empty, and others may grow while they are read.
  let bytes = Buffer.allocUnsafeSlow(size + 1);
  let length = 0;
  for (;;) {
    const count = readSync(file, bytes, length, bytes.length - length, null);
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > largest) throw new ToolError(`${path}: larger than ${largest} bytes`);
    if (length === bytes.length) bytes = Buffer.concat([bytes], Math.max(2 * length, 1 << 16));
  }
}
