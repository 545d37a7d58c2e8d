import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { FileSystem, LogFile } from "./file-system.ts";

const syncData = promisify(fdatasync);

/** What is being written has this after its name, and is no one's when it is found later. */
export const ASIDE = ".tmp";

/** Files of this machine. Folders and files are their owner's alone: profiles tell much of a program. */
export const nodeFileSystem: FileSystem = {
  makeFolder(folder) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  },
  list(folder) {
    return readdirSync(folder).sort();
  },
  size(file) {
    return statSync(file).size;
  },
  read(file, from, length) {
    const handle = openSync(file, "r");
    try {
      const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, fstatSync(handle).size - from)));
      let at = 0;
      while (at < bytes.length) {
        const read = readSync(handle, bytes, at, bytes.length - at, from + at);
        if (read === 0) break;
        at += read;
      }
      return bytes.subarray(0, at);
    } finally {
      closeSync(handle);
    }
  },
  write(file, parts) {
    const aside = `${file}${ASIDE}`;
    try {
      const handle = openSync(aside, "w", 0o600);
      try {
        for (const part of parts) writeAll(handle, part);
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    } catch (error) {
      rmSync(aside, { force: true });
      throw error;
    }
    renameSync(aside, file);
    syncFolder(path.dirname(file));
  },
  openLog(file, size) {
    const handle = openSync(file, "a+", 0o600);
    ftruncateSync(handle, size);
    fsyncSync(handle);
    syncFolder(path.dirname(file));
    return new NodeLogFile(handle, size);
  },
  remove(file) {
    rmSync(file, { force: true });
  },
};

class NodeLogFile implements LogFile {
  readonly #handle: number;
  size: number;

  constructor(handle: number, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  append(bytes: Uint8Array): void {
    writeAll(this.#handle, bytes);
    this.size += bytes.length;
  }

  truncate(size: number): void {
    ftruncateSync(this.#handle, size);
    this.size = size;
  }

  sync(): Promise<void> {
    return syncData(this.#handle);
  }

  close(): void {
    closeSync(this.#handle);
  }
}

function writeAll(handle: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at, bytes.length - at);
}

/** A name is in its folder for good only when the folder is on the disk, too. Windows knows no such thing. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
