import { Buffer } from "node:buffer";
import { type Answer, httpError } from "./call.ts";

/** A `symbol` request lists addresses; nobody has more than this many bytes of them. */
const MOST_BYTES = 1 << 20;
/** Nor takes longer to send them. */
const MOST_MILLIS = 10_000;

/** Reads what a client sends, or says why not: it is too much, or takes too long. The source is left as it is, not ended. */
export async function readBody(
  source: AsyncIterable<Uint8Array>,
  millis: number = MOST_MILLIS,
): Promise<string | Answer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const read = async (): Promise<void> => {
    try {
      for await (const part of source) {
        size += part.length;
        // What is too much is dropped as it comes: a client that is cut off while it sends does not read why.
        if (size <= MOST_BYTES) parts.push(part);
        else parts.length = 0;
      }
    } catch {
      // The client has gone: nobody will read the answer.
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, millis, "late");
    timer.unref();
  });
  const end = await Promise.race([read(), late]);
  clearTimeout(timer);
  if (end === undefined && size <= MOST_BYTES) return Buffer.concat(parts).toString();
  const answer = size > MOST_BYTES ? tooLarge() : httpError(408, `Request body not complete within ${millis / 1000} s`);
  // What comes later on this connection is not listened to.
  return end === undefined ? answer : { ...answer, headers: { ...answer.headers, connection: "close" } };
}

/** What somebody has read before us, held to the same limit; `length`: the header that says how long it was. */
export function bodyRead(text: string, length: string | undefined): string | Answer {
  return Buffer.byteLength(text) > MOST_BYTES || Number(length) > MOST_BYTES ? tooLarge() : text;
}

function tooLarge(): Answer {
  return httpError(413, `Request body larger than ${MOST_BYTES} bytes`);
}
