import { ProfileError } from "../../error.ts";
import { generations } from "./generations.ts";
import { orderedEvents } from "./ordered-events.ts";

/** What is wrong with a trace in Go's format of 1.22 to 1.26, in a sentence; undefined: nothing, `go tool trace` reads all of it. */
export function checkGoTrace(bytes: Uint8Array): string | undefined {
  try {
    for (const _ of orderedEvents(bytes));
    return generations(bytes).next().done ? "it has no generation" : undefined;
  } catch (error) {
    if (error instanceof ProfileError) return error.message;
    throw error;
  }
}
