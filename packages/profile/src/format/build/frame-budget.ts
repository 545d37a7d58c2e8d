import { ProfileError } from "../../error.ts";

/**
 * Numbers of 32 bits that a byte of input may stand for, where many samples share a stack: the frames of one of 200 frames in
 * ten bytes of a sample. With columns that hold half as much again as is in them, and move when they grow, that keeps a
 * reader below 256 times its input and 64 MB.
 */
const MOST_PER_BYTE = 18;
const ALWAYS = 1 << 20;
/** How many of them a value takes, and a label: key, text, unit, number. */
export const VALUE = 2;
const LABEL = 6;

/** Counts what samples take when they are written out, which may be far longer than the tables that they come from. */
export class FrameBudget {
  #spent = 0;
  readonly #most: number;

  constructor(inputBytes: number) {
    this.#most = ALWAYS + MOST_PER_BYTE * inputBytes;
  }

  sample(frames: number, values: number, labels: number): void {
    this.spend(frames + VALUE * values + LABEL * labels);
  }

  spend(count: number): void {
    this.#spent += count;
    if (this.#spent > this.#most) {
      throw new ProfileError(
        `the stacks, values and labels of its samples would take more than ${4 * this.#most} bytes, far more than the profile's size: it is not read`,
      );
    }
  }
}
