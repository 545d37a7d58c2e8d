import { ProfileError } from "../../error.ts";

/**
 * Frames, values and labels that a byte of input may stand for, where many samples share a stack: one of 300 frames in ten bytes
 * of a sample. With what a reader holds beside, that keeps it below 256 times its input and 64 MB.
 */
const MOST_PER_BYTE = 32;
const ALWAYS = 1 << 20;

/** Counts what stacks have when they are written out, which may be far longer than the tables that they come from. */
export class FrameBudget {
  #spent = 0;
  readonly #most: number;

  constructor(inputBytes: number) {
    this.#most = ALWAYS + MOST_PER_BYTE * inputBytes;
  }

  spend(count: number): void {
    this.#spent += count;
    if (this.#spent > this.#most) {
      throw new ProfileError(
        `the samples have more than ${this.#most} frames, values and labels in all, ${MOST_PER_BYTE} for each byte of input`,
      );
    }
  }
}
