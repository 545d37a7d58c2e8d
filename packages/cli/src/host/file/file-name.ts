import { mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { exactBytes, exactText, type StringTable } from "@pprof-ts/profile";

/**
 * The words of the command line, with bytes that are not UTF-8 as `exactText` has them. Node makes U+FFFD of each, so
 * that a file with such a name could not be found; Linux still has the words as they were.
 */
export function exactWords(words: readonly string[], commandLine = "/proc/self/cmdline"): readonly string[] {
  if (!words.some((word) => word.includes("\ufffd"))) return words;
  try {
    const bytes = readFileSync(commandLine);
    const exact: string[] = [];
    for (let at = 0, end = bytes.indexOf(0); end >= 0; at = end + 1, end = bytes.indexOf(0, at)) {
      exact.push(exactText(bytes.subarray(at, end)));
    }
    const own = exact.slice(-words.length);
    return own.every((word, i) => Buffer.from(exactBytes(word)).toString() === words[i]) ? own : words;
  } catch {
    return words;
  }
}

/** A file's name as Node's functions take it. */
export function fileName(name: string): string | Buffer {
  return /[\udc80-\udcff]/u.test(name) ? Buffer.from(exactBytes(name)) : name;
}

/** The name that a profile has for this file, with bytes that are not UTF-8 as `exactText` has them. */
export function exactName(name: string, strings: StringTable): string {
  if (!name.includes("\ufffd")) return name;
  for (let row = 0; row < strings.length; row++) if (strings.get(row) === name) return strings.getExact(row);
  return name;
}

/** Makes a directory that only the user may read, and those that it is in. Node's own way never ends below /proc. */
export function makeDirectory(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = path.dirname(directory);
  if (parent !== directory) makeDirectory(parent);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // Another run of the tool was first.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
