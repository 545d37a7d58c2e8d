/** Text that is too long to be in memory at once, piece by piece; bytes are whole characters of UTF-8. */
export interface Chunks {
  readonly chunks: Iterable<string | Uint8Array>;
}

/** What a report reads: text, or of outputs with the format `proto` an uncompressed profile.proto message. */
export type Body = string | Uint8Array | Chunks;

/** A body's text or bytes in one piece; a text of more than half a gigabyte is a `RangeError`. */
export function wholeBody(body: Body): string | Uint8Array {
  return typeof body === "object" && "chunks" in body ? Array.from(body.chunks, chunkText).join("") : body;
}

// A byte order mark at the start of a piece is a character like others.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export function chunkText(chunk: string | Uint8Array): string {
  return typeof chunk === "string" ? chunk : decoder.decode(chunk);
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
