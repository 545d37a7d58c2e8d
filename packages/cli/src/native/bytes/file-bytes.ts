import { closeSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { fileName } from "../../host/file/file-name.ts";

/** No section of a binary is larger; a file with holes may say that one is, and take no room on the disk. */
const LARGEST_PART = 2 ** 31;

/** A file that is read in pieces: binaries are large, and little of them is needed. */
export class FileBytes {
  readonly path: string;
  readonly size: number;
  readonly #from: number;

  /** The whole file or, of one that holds several, these bytes; throws where the file cannot be seen. */
  constructor(path: string, part?: { readonly from: number; readonly size: number }) {
    this.path = path;
    const status = statOf(path);
    if (!status.isFile()) throw new Error(`not a file: ${path}`);
    this.#from = part?.from ?? 0;
    this.size = part?.size ?? status.size;
    if (this.#from + this.size > status.size) throw new Error(`${path} ends before byte ${this.#from + this.size}`);
  }

  /** These bytes; throws where the file ends before. */
  read(offset: number, length: number): DataView {
    if (offset + length > this.size || offset < 0 || length < 0) {
      throw new Error(`${this.path} ends before byte ${offset + length}`);
    }
    if (length > LARGEST_PART) throw new Error(`${this.path}: a part of ${length} bytes, which is more than is read`);
    const bytes = new Uint8Array(length);
    const file = openSync(fileName(this.path), "r");
    try {
      let at = 0;
      while (at < length) {
        const count = readSync(file, bytes, at, length - at, this.#from + offset + at);
        if (count === 0) throw new Error(`${this.path} ends before byte ${offset + length}`);
        at += count;
      }
    } finally {
      closeSync(file);
    }
    return new DataView(bytes.buffer);
  }
}

/** Its errors are worded as Go words them. */
function statOf(path: string): Stats {
  try {
    return statSync(fileName(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^\w+: (.*?), stat .*/s, "$1") : error;
    throw new Error(`stat ${path}: ${reason}`, { cause: error });
  }
}
