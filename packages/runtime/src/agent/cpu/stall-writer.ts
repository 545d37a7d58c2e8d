import { writeFile } from "node:fs/promises";
import path from "node:path";
import { encode, gzip, type Profile } from "@pprof-ts/profile";
import { makeDirectory } from "./make-directory.ts";

/** A stall is written at most this often: one bad minute must not fill the disk. */
const LEAST_MILLIS = 30_000;
/** How much of the time before its end the profile of a stall has. */
const SECONDS = 30;

/** Writes the flight recorder's samples to a directory when the event loop was held. */
export class StallWriter {
  readonly #directory: string;
  readonly #last: (seconds: number) => Promise<Profile>;
  #written = Number.NEGATIVE_INFINITY;

  constructor(directory: string, last: (seconds: number) => Promise<Profile>) {
    this.#directory = directory;
    this.#last = last;
  }

  /** The file that was written; undefined: one was written just before. */
  async write(nanos: number): Promise<string | undefined> {
    const now = Date.now();
    if (now - this.#written < LEAST_MILLIS) return undefined;
    this.#written = now;
    const seconds = Math.max(SECONDS, Math.ceil(nanos / 1e9) + 1);
    const profile = await this.#last(seconds);
    makeDirectory(this.#directory);
    const time = new Date(now).toISOString().replaceAll(":", "-");
    const file = path.join(this.#directory, `stall-${time}-${process.pid}-${Math.round(nanos / 1e6)}ms.pb.gz`);
    await writeFile(file, await gzip(encode(profile)));
    return file;
  }
}
