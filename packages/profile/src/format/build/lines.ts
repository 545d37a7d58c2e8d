import { ProfileError } from "../../error.ts";

/** V8 holds no longer string. */
export const LONGEST_TEXT = 0x1fffffe8;
const CHUNK = 1 << 20;
const NEWLINE = 10;

/** Lines that are read one after the other. */
export interface Lines {
  /** The current line without its end; "" before the first and after the last. */
  readonly line: string;
  /** Its number in the input, from 1. */
  readonly number: number;
  /** Goes to the next line; false where there is none. */
  next(): boolean;
}

/** Reads text line by line from its bytes, a megabyte at a time, so that a text larger than the largest string can be read. */
export class LineReader implements Lines {
  /** The current line without its end; "" before the first and after the last. */
  line = "";
  /** The number of the current line, from 1. */
  number = 0;
  readonly #bytes: Uint8Array;
  #at: number;
  #chunk: readonly string[] = [];
  #next = 0;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Goes to the next line; false where there is none. */
  next(): boolean {
    if (this.#next === this.#chunk.length && !this.#fill()) {
      this.line = "";
      return false;
    }
    const line = this.#chunk[this.#next++]!;
    this.line = line.endsWith("\r") ? line.slice(0, -1) : line;
    this.number++;
    return true;
  }

  /** Goes to the next line that satisfies this; false where there is none. */
  seek(wanted: (line: string) => boolean): boolean {
    while (this.next()) if (wanted(this.line)) return true;
    return false;
  }

  #fill(): boolean {
    const bytes = this.#bytes;
    if (this.#at >= bytes.length) return false;
    let end = Math.min(this.#at + CHUNK, bytes.length);
    if (end < bytes.length) {
      const newline = bytes.lastIndexOf(NEWLINE, end - 1);
      const next = newline >= this.#at ? newline : bytes.indexOf(NEWLINE, end);
      end = next < 0 ? bytes.length : next + 1;
    }
    if (end - this.#at > LONGEST_TEXT) {
      throw new ProfileError(`line ${this.number + 1} is longer than the longest string, ${LONGEST_TEXT} bytes`);
    }
    const until = bytes[end - 1] === NEWLINE ? end - 1 : end;
    this.#chunk = utf8.decode(bytes.subarray(this.#at, until)).split("\n");
    this.#next = 0;
    this.#at = end;
    return true;
  }
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
