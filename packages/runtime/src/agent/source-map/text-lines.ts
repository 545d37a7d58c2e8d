/** The start of each so many lines is noted: a text may be of nothing but line ends. */
const EACH = 64;

/** A text whose lines are asked for, in any order. */
export class TextLines {
  readonly #text: string;
  readonly #starts: number[] = [0];

  constructor(text: string) {
    this.#text = text;
    let line = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) {
      if (++line % EACH === 0) this.#starts.push(end + 1);
    }
  }

  /** So much of a line (from 0) from a column on; "" where there is none. */
  slice(line: number, column: number, length: number): string {
    let start = this.#starts[Math.floor(line / EACH)];
    if (start === undefined) return "";
    for (let left = line % EACH; left > 0; left--) {
      const end = this.#text.indexOf("\n", start);
      if (end < 0) return "";
      start = end + 1;
    }
    const end = this.#text.indexOf("\n", start);
    const from = start + column;
    return this.#text.slice(from, Math.min(from + length, end < 0 ? this.#text.length : end));
  }
}
