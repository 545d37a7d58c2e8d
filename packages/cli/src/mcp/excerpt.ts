/** The bytes of text that are taken for a token: tables of numbers and paths of code have about as many. */
export const TOKEN_BYTES = 3;

/** A part of a report: whole lines, as many as may be shown. */
export interface Cut {
  readonly text: string;
  /** The first and the last line that stand in it, from 1 on; last is less than first where there is none. */
  readonly first: number;
  readonly last: number;
  /** How many lines there are. */
  readonly lines: number;
  /** Whether the last line is longer than all that may be shown, and so is cut itself. */
  readonly isLineCut: boolean;
}

/** Keeps of a report that comes in pieces the lines from `first` on, until they take `bytes`, and counts the others. */
export class Excerpt {
  readonly #first: number;
  readonly #bytes: number;
  #text = "";
  #taken = 0;
  #open = "";
  #line = 1;
  #last: number;
  #isFull = false;
  #isLineCut = false;

  constructor(first: number, bytes: number) {
    this.#first = first;
    this.#last = first - 1;
    this.#bytes = bytes;
  }

  push(piece: string): void {
    let at = 0;
    for (let end = piece.indexOf("\n"); end >= 0; end = piece.indexOf("\n", at)) {
      this.#add(piece, at, end);
      this.#endLine();
      at = end + 1;
    }
    this.#add(piece, at, piece.length);
  }

  finish(): Cut {
    if (this.#open !== "") this.#endLine();
    return {
      text: this.#text,
      first: this.#first,
      last: this.#last,
      lines: this.#line - 1,
      isLineCut: this.#isLineCut,
    };
  }

  /** Of a line so much is kept as could be shown, and a letter that says that there is more. */
  #add(piece: string, from: number, to: number): void {
    if (this.#isFull || this.#line < this.#first) {
      if (to > from) this.#open = "…";
      return;
    }
    this.#open += piece.slice(from, Math.min(to, from + this.#bytes + 1 - this.#open.length));
  }

  #endLine(): void {
    if (!this.#isFull && this.#line >= this.#first) {
      const takes = Buffer.byteLength(this.#open) + 1;
      if (this.#taken + takes <= this.#bytes) {
        this.#text += `${this.#open}\n`;
        this.#taken += takes;
        this.#last = this.#line;
      } else {
        this.#isFull = true;
        if (this.#text === "") this.#cutLine();
      }
    }
    this.#line++;
    this.#open = "";
  }

  #cutLine(): void {
    this.#text = `${cutText(this.#open, this.#bytes - 1)}\n`;
    this.#last = this.#line;
    this.#isLineCut = true;
  }
}

/** The beginning of a text, of at most so many bytes in UTF-8. */
export function cutText(text: string, bytes: number): string {
  const whole = Buffer.from(text);
  if (whole.length <= bytes) return text;
  // A letter of which the first bytes alone are left is left out.
  return whole
    .subarray(0, bytes)
    .toString()
    .replace(/\ufffd+$/, "");
}
