import { readFileSync, statSync } from "node:fs";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { EncodedMerger, isGzip, MAX_BYTES, type Profile } from "@pprof-ts/profile";
import { type LocateOptions, locateBinaries, locatesNothing } from "./native/locate.ts";

/** From so many files on it pays. */
const MANY = 8;
/** How many files are decompressed by Node's threads while one is merged, and how many bytes of them at the most. */
const AHEAD = 16;
const AHEAD_BYTES = 1 << 26;

const gunzip = promisify(zlib.gunzip);

/**
 * The files merged while they are read, in a quarter of the time that it takes to read each as a profile of its own.
 * Undefined where they are few, or one of them is no file, cannot be read, or is no profile that `EncodedMerger` takes:
 * what is to be said of it is found by reading each.
 */
export async function mergeFiles(files: readonly string[], locating: LocateOptions): Promise<Profile | undefined> {
  if (files.length < MANY || !locatesNothing(locating)) return undefined;
  const merger = new EncodedMerger();
  try {
    for await (const message of messages(files)) if (!merger.add(message)) return undefined;
  } catch {
    return undefined;
  }
  return locateBinaries(merger.finish(), locating);
}

async function* messages(files: readonly string[]): AsyncGenerator<Uint8Array> {
  const ahead: { readonly bytes: number; readonly message: Promise<Uint8Array> }[] = [];
  let bytes = 0;
  let next = 0;
  while (next < files.length || ahead.length > 0) {
    while (next < files.length && ahead.length < AHEAD && bytes < AHEAD_BYTES) {
      const started = start(files[next++]!);
      // Whoever waits for it hears of it.
      started.message.catch(() => undefined);
      ahead.push(started);
      bytes += started.bytes;
    }
    const first = ahead.shift()!;
    yield await first.message;
    bytes -= first.bytes;
  }
}

/** Begins to read a file, and says how many bytes it is about to have. */
function start(file: string): { bytes: number; message: Promise<Uint8Array> } {
  if (!statSync(file).isFile()) throw new Error(`${file} is no file`);
  const packed = readFileSync(file);
  if (!isGzip(packed)) return { bytes: packed.length, message: Promise.resolve(packed) };
  // gzip ends with the size of what is in it; with room for all of it nothing is put together from pieces.
  const bytes = Math.min(packed.readUInt32LE(packed.length - 4), 1032 * packed.length);
  return { bytes, message: gunzip(packed, { chunkSize: Math.max(bytes + 1, 64), maxOutputLength: MAX_BYTES }) };
}
