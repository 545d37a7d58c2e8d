import path from "node:path";
import { FleetError } from "../error.ts";
import type { FileSystem, LogFile } from "../file/file-system.ts";
import { decodeRecord, type LogRecord } from "./record.ts";

/** A new file is begun when one is larger: files go as a whole, when all that is in them stands elsewhere. */
const FILE_BYTES = 64 << 20;
const EXTENSION = ".log";

/**
 * Records that survive a crash: appended, on the disk, and only then acknowledged. Files are numbered; what a crash left of a
 * record at the end of one is cut.
 */
export class Log {
  readonly #files: FileSystem;
  readonly #folder: string;
  #number = 0;
  #file: LogFile | undefined;

  constructor(files: FileSystem, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** The number of the file to which records go. */
  get number(): number {
    return this.#number;
  }

  /** Each record that is there, with its file's number; `cut` is told what was no whole record. When all are read, records can be appended. */
  *replay(cut: (message: string) => void): Generator<{ record: LogRecord; file: number }> {
    this.#files.makeFolder(this.#folder);
    for (const name of this.#files.list(this.#folder)) {
      const number = Number(name.slice(0, -EXTENSION.length));
      if (!name.endsWith(EXTENSION) || !Number.isInteger(number)) continue;
      this.#number = Math.max(this.#number, number);
      const file = path.join(this.#folder, name);
      const bytes = this.#files.read(file, 0, this.#files.size(file));
      let at = 0;
      for (let next = decodeRecord(bytes, at); next !== undefined; next = decodeRecord(bytes, at)) {
        yield { record: next.record, file: number };
        at = next.end;
      }
      if (at === bytes.length) continue;
      cut(`${file}: the last ${bytes.length - at} bytes are no whole record and were cut`);
      this.#files.openLog(file, at).close();
    }
  }

  /** Writes records; all of them or, where it throws or rejects, none that was acknowledged. */
  async append(records: readonly Uint8Array[]): Promise<void> {
    let file: LogFile | undefined;
    let before = 0;
    try {
      file = this.#current();
      before = file.size;
      file.append(Buffer.concat(records));
      await file.sync();
    } catch (cause) {
      if (file !== undefined) this.#takeBack(file, before);
      const reason = cause instanceof Error ? cause.message : cause;
      throw new FleetError(`cannot keep profiles in ${this.#folder}: ${reason}`, { cause });
    }
  }

  /** Removes the files before this number. */
  removeBefore(number: number): void {
    for (const name of this.#files.list(this.#folder)) {
      if (name.endsWith(EXTENSION) && Number(name.slice(0, -EXTENSION.length)) < number) {
        this.#files.remove(path.join(this.#folder, name));
      }
    }
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #current(): LogFile {
    if (this.#file !== undefined && this.#file.size > FILE_BYTES) this.close();
    if (this.#file === undefined) {
      this.#number++;
      const name = `${String(this.#number).padStart(10, "0")}${EXTENSION}`;
      this.#file = this.#files.openLog(path.join(this.#folder, name), 0);
    }
    return this.#file;
  }

  /** What was written in part goes; where even that fails, the next record goes to a file of its own. */
  #takeBack(file: LogFile, size: number): void {
    try {
      file.truncate(size);
    } catch {
      // Whoever reads this file stops where the whole records end.
    }
    // After a failed sync nobody knows what the disk has of this file.
    this.close();
  }
}
