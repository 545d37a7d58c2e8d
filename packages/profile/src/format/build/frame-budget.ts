import { ProfileError } from "../../error.ts";

/**
 * Bytes that a byte of input may stand for, where many samples share a stack: the frames of one of 200 frames, of four bytes, in
 * ten bytes of a sample. With columns that hold half as much again as is in them, and move when they grow, that keeps a
 * reader below 256 times its input and 64 MB.
 */
const MOST_PER_BYTE = 72;
const ALWAYS = 1 << 22;
/** How much of 32 bits a value takes, and a label: key, text, unit, number. */
export const VALUE = 2;
const LABEL = 6;

/** How many bytes the samples of an input of this size may take, written out, where nobody says. */
export function mostStackBytes(inputBytes: number, maxBytes: number): number {
  return Math.min(ALWAYS + MOST_PER_BYTE * inputBytes, maxBytes);
}

/** What samples take that are yet to be made. */
export interface Foreseen {
  readonly samples: number;
  /** Of all of them together. */
  readonly frames: number;
  /** Of each. */
  readonly values: number;
  readonly labels: number;
}

/** Counts what samples take when they are written out, which may be far longer than the tables that they come from. */
export class FrameBudget {
  #spent = 0;
  readonly #mostBytes: number;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  sample(frames: number, values: number, labels: number): void {
    this.spend(frames + VALUE * values + LABEL * labels);
  }

  spend(count: number): void {
    this.#spent += count;
    if (4 * this.#spent > this.#mostBytes) throw tooMuch(`more than ${this.#mostBytes} bytes`, 4 * this.#mostBytes);
  }

  /** Refuses samples before the first of them is made, where there would be too much of them. */
  foresee({ samples, frames, values, labels }: Foreseen): void {
    const bytes = 4 * (this.#spent + frames + samples * (VALUE * values + LABEL * labels));
    if (bytes > this.#mostBytes) throw tooMuch(`${bytes} bytes, and may take ${this.#mostBytes}`, bytes);
  }
}

function tooMuch(what: string, stackBytes: number): ProfileError {
  return new ProfileError(`the stacks, values and labels of its samples would take ${what}`, { stackBytes });
}
