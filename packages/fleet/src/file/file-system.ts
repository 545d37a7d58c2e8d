/** Bytes that are written at the end of a file. */
export interface LogFile {
  readonly size: number;
  /** Writes all of it, or throws; then `truncate` takes back what was written of it. */
  append(bytes: Uint8Array): void;
  truncate(size: number): void;
  /** Resolves when all that was appended is on the disk. */
  sync(): Promise<void>;
  close(): void;
}

/** The files of a store: what Node does, or a test's, which fails when it wants to. */
export interface FileSystem {
  makeFolder(path: string): void;
  /** The names in a folder, in alphabetical order. */
  list(path: string): string[];
  size(path: string): number;
  /** The bytes from `from` on; fewer than `length` where the file ends. */
  read(path: string, from: number, length: number): Uint8Array;
  /** Puts a file in its place whole or not at all: written aside, on the disk, renamed. */
  write(path: string, parts: readonly Uint8Array[]): void;
  /** A file that is there or is made empty; what stands in it from `size` on is cut. */
  openLog(path: string, size: number): LogFile;
  /** Nothing happens where there is none. */
  remove(path: string): void;
}
