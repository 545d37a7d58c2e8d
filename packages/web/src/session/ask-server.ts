import { SERVER_GONE } from "./server-gone.ts";
import type { Session } from "./session.ts";

/** Asks the server beside the page; where that does not answer, it is said, here and above all pages. */
export async function askServer(session: Session, address: string, init?: RequestInit): Promise<Response> {
  try {
    const answer = await fetch(address, init);
    session.isServerGone.value = false;
    return answer;
  } catch (error) {
    if (init?.signal?.aborted) throw error;
    session.isServerGone.value = true;
    throw new Error(SERVER_GONE, { cause: error });
  }
}
