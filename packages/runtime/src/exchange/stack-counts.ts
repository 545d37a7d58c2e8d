import { makeStackReader, type SiteFrame } from "../target/stack-reader.ts";

/** A stack of a profile that the program itself records. */
export interface StackRow {
  readonly frames: readonly SiteFrame[];
  readonly count: number;
  readonly nanos: number;
}

const MAX_STACKS = 10_000;
const DEPTH = 64;
const readStack = makeStackReader();

/** Stacks that are counted, such as those that created threads; equal stacks are one row, and at most 10,000 are told apart. */
export class StackCounts {
  readonly #rows = new Map<string, { frames: readonly SiteFrame[]; count: number; nanos: number }>();
  #total = 0;

  /** Counts the stack of the caller, without its innermost `skip` frames. */
  add(skip: number, nanos = 0, count = 1): void {
    this.addFrames(readStack(skip + 1, DEPTH), nanos, count);
  }

  addFrames(frames: readonly SiteFrame[], nanos: number, count: number): void {
    this.#total += count;
    // Not as JSON: the program may have given all objects a `toJSON`.
    let key = "";
    for (const [name, url, line, column] of frames) key += `${name}\n${url}:${line}:${column}\n`;
    const row = this.#rows.get(key);
    if (row !== undefined) {
      row.count += count;
      row.nanos += nanos;
    } else if (this.#rows.size < MAX_STACKS) this.#rows.set(key, { frames, count, nanos });
  }

  get count(): number {
    return this.#total;
  }

  rows(): StackRow[] {
    return [...this.#rows.values()];
  }
}
