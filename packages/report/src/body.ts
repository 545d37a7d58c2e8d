/** Text that is too long to be in memory at once, piece by piece. */
export interface Chunks {
  readonly chunks: Iterable<string>;
}

/** What a report reads: text, or of outputs with the format `proto` an uncompressed profile.proto message. */
export type Body = string | Uint8Array | Chunks;

/** A body's text or bytes in one piece; a text of more than half a gigabyte is a `RangeError`. */
export function wholeBody(body: Body): string | Uint8Array {
  return typeof body === "object" && "chunks" in body ? [...body.chunks].join("") : body;
}

const PIECE = 1 << 16;

/** Puts short texts together to pieces worth writing. */
export function* inPieces(texts: Iterable<string>): Iterable<string> {
  let piece = "";
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}
