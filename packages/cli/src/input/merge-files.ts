import { statSync } from "node:fs";
import { EncodedMerger, isGzip, type Profile } from "@pprof-ts/profile";
import { fileName } from "../host/file/file-name.ts";
import { gunzip } from "../host/file/gunzip.ts";
import { readRegularFile } from "../host/file/regular-file.ts";
import { type LocateOptions, locateBinaries, locatesNothing } from "../native/symbolize/locate.ts";

/** From so many files on it pays. */
const MANY = 8;

/**
 * The files merged while they are read, without a profile of each in between. Undefined where they are few, or one of
 * them is no file, cannot be read, or is no profile that `EncodedMerger` takes: what is to be said of it is found by
 * reading each.
 */
export async function mergeFiles(
  files: readonly string[],
  maxBytes: number,
  locating: LocateOptions,
): Promise<Profile | undefined> {
  if (files.length < MANY || !locatesNothing(locating)) return undefined;
  const merger = new EncodedMerger();
  try {
    for (const file of files) {
      if (!statSync(fileName(file)).isFile()) return undefined;
      const bytes = readRegularFile(file, maxBytes);
      if (!merger.add(isGzip(bytes) ? gunzip(bytes, maxBytes) : bytes)) return undefined;
    }
  } catch {
    return undefined;
  }
  return locateBinaries(merger.finish(), locating);
}
