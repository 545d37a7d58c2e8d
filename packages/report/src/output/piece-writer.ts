// Hot: `-traces` copies 265,000 lines for a profile of 0.4 MB, in 0.29 s with all else. See bench/src/tool.ts.
const PIECE = 1 << 17;
/** No character is more bytes of UTF-8 than this for each UTF-16 unit. */
const MOST_BYTES = 3;

const encoder = new TextEncoder();

/** Writes UTF-8 in pieces: texts, and parts of a text that is given once and copied often. */
export class PieceWriter {
  /** Pieces that are full and have not been taken yet. */
  readonly full: Uint8Array[] = [];
  /** What is copied from, and behind it the piece that is being written: `copyWithin` makes no object for a copy. */
  readonly #bytes: Uint8Array;
  readonly #piece: number;
  #end: number;

  constructor(copied: Uint8Array) {
    this.#piece = copied.length;
    this.#end = copied.length;
    // Room for the whole of it behind a piece that is nearly full.
    this.#bytes = new Uint8Array(2 * copied.length + PIECE);
    this.#bytes.set(copied);
  }

  text(text: string): void {
    const most = MOST_BYTES * text.length;
    if (most > PIECE || this.#end + most > this.#bytes.length) this.finish();
    if (most > PIECE) this.full.push(encoder.encode(text));
    else this.#end += encoder.encodeInto(text, this.#bytes.subarray(this.#end)).written;
  }

  /** Writes what stands between these places of what is copied from. */
  copy(from: number, to: number): void {
    if (this.#end + to - from > this.#bytes.length) this.finish();
    this.#bytes.copyWithin(this.#end, from, to);
    this.#end += to - from;
  }

  /** Ends the piece that is being written. */
  finish(): void {
    this.full.push(this.#bytes.slice(this.#piece, this.#end));
    this.#end = this.#piece;
  }
}
