import { closeSync, openSync, readSync } from "node:fs";

/** The first bytes of ELF, of Mach-O in both byte orders and for several machines, and of PE. */
const magics = ["7f454c46", "cefaedfe", "cffaedfe", "feedface", "feedfacf", "cafebabe", "4d5a"];

/** Whether this is an executable or a library of a known format. */
export function isBinary(file: string): boolean {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch {
    return false;
  }
  try {
    const bytes = Buffer.alloc(4);
    readSync(fd, bytes, 0, 4, 0);
    const start = bytes.toString("hex");
    return magics.some((magic) => start.startsWith(magic));
  } catch {
    return false;
  } finally {
    closeSync(fd);
  }
}
