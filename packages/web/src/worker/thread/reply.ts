import type { Reply, Request } from "../../session/protocol.ts";

/** What answers questions by their names. */
type Answering = Readonly<Record<string, (argument: never) => unknown>>;

/** Sends an answer, or why there is none. */
export async function reply(
  { id, name, argument }: Request,
  answers: object,
  post: (message: Reply, transfer: Transferable[]) => void,
): Promise<void> {
  const transfer = new Set<ArrayBuffer>();
  let message: Reply;
  try {
    const answer = await (answers as Answering)[name]!(argument as never);
    collectBuffers(answer, transfer);
    message = { id, answer };
  } catch (error) {
    message = { id, error: error instanceof Error ? error.message : String(error) };
  }
  post(message, [...transfer]);
}

/** An answer's arrays are handed over and not copied: whoever answers keeps no part of them. */
function collectBuffers(value: unknown, into: Set<ArrayBuffer>): void {
  if (ArrayBuffer.isView(value)) into.add(value.buffer as ArrayBuffer);
  else if (typeof value === "object" && value !== null && !Array.isArray(value))
    for (const part of Object.values(value)) collectBuffers(part, into);
}
