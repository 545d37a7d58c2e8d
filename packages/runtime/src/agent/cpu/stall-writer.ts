import { writeFile } from "node:fs/promises";
import path from "node:path";
import { makeDirectory, OWN_FILE } from "./make-directory.ts";

/** What is written, and under which name. */
export interface Written {
  readonly name: string;
  readonly extension: string;
  /** Of the last seconds. */
  bytesOf(seconds: number): Promise<Uint8Array>;
}

/** One is written at most this often: one bad minute must not fill the disk. */
const LEAST_MILLIS = 30_000;
/** How much of the time before its end it has. */
const SECONDS = 30;

/** Writes what was recorded to a directory when the event loop was held, or a request was slow. */
export class StallWriter {
  readonly #directory: string;
  readonly #written: Written;
  #last = Number.NEGATIVE_INFINITY;

  constructor(directory: string, written: Written) {
    this.#directory = directory;
    this.#written = written;
  }

  /** The file that was written; undefined: one was written just before. */
  async write(nanos: number): Promise<string | undefined> {
    const now = Date.now();
    if (now - this.#last < LEAST_MILLIS) return undefined;
    this.#last = now;
    const seconds = Math.max(SECONDS, Math.ceil(nanos / 1e9) + 1);
    const { name, extension, bytesOf } = this.#written;
    const bytes = await bytesOf(seconds);
    makeDirectory(this.#directory);
    const time = new Date(now).toISOString().replaceAll(":", "-");
    const file = path.join(this.#directory, `${name}-${time}-${process.pid}-${Math.round(nanos / 1e6)}ms.${extension}`);
    await writeFile(file, bytes, OWN_FILE);
    return file;
  }
}
