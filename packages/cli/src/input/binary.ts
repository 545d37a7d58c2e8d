import { closeSync, constants, openSync, readSync, statSync } from "node:fs";
import { fileName } from "../host/file/file-name.ts";

/** The first bytes of ELF, of Mach-O in both byte orders and for several machines, and of PE. */
const magics = ["7f454c46", "cefaedfe", "cffaedfe", "feedface", "feedfacf", "cafebabe", "4d5a"];

/** Whether this is an executable or a library of a known format. */
export function isBinary(file: string): boolean {
  const start = isRegularFile(file) ? firstBytes(file, 4)?.toString("hex") : undefined;
  return start !== undefined && magics.some((magic) => start.startsWith(magic));
}

/** The first bytes of a file, as far as it has them; undefined where it cannot be read. */
export function firstBytes(file: string, count: number): Buffer | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(fileName(file), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const bytes = Buffer.alloc(count);
    return bytes.subarray(0, readSync(fd, bytes, 0, count, 0));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** What is looked at before it is read as a profile must not be lost to whoever reads it, as it would be from a pipe. */
function isRegularFile(file: string): boolean {
  return statSync(fileName(file), { throwIfNoEntry: false })?.isFile() ?? false;
}
