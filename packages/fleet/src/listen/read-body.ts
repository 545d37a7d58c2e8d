import type { IncomingMessage } from "node:http";
import { Refusal } from "../error.ts";
import type { ByteBudget } from "../fetch/byte-budget.ts";

/** How soon somebody who found no room may try again. */
const RETRY_MILLIS = 1000;

/**
 * All that a client sends, no more than `mostBytes`. What it takes is of `memory`, until `release` is called; too much at a time is
 * refused for a while.
 */
export async function readBody(
  request: IncomingMessage,
  mostBytes: number,
  memory: ByteBudget,
): Promise<{ readonly bytes: Uint8Array; readonly release: () => void }> {
  const parts: Buffer[] = [];
  let size = 0;
  let held = 0;
  let refusal: Refusal | undefined;
  const release = (): void => {
    memory.give(held);
    held = 0;
  };
  if (Number(request.headers["content-length"] ?? 0) > mostBytes) refusal = tooLarge(mostBytes);
  try {
    for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      // What is too much is let pass by: a client that is cut off while it sends does not read why.
      if (refusal !== undefined) continue;
      size += part.length;
      if (size > mostBytes) refusal = tooLarge(mostBytes);
      else if (memory.take(part.length)) {
        held += part.length;
        parts.push(part);
        continue;
      } else refusal = new Refusal(429, "too much is sent at a time", { retryAfterMillis: RETRY_MILLIS });
      parts.length = 0;
      release();
    }
  } catch (cause) {
    release();
    throw new Refusal(400, "the request ended before its end", { cause });
  }
  if (refusal !== undefined) throw refusal;
  return { bytes: Buffer.concat(parts), release };
}

function tooLarge(mostBytes: number): Refusal {
  return new Refusal(413, `the request is larger than ${mostBytes} bytes`);
}
