import type { FunctionPlace } from "../../exchange/own-places.ts";
import { makeStackReader } from "../../target/stack-reader.ts";

// Taken as this is loaded: the program may change its globals later.
const readStack = makeStackReader();

/** Where the function begins that calls what it is given here; undefined where the program lets nobody have V8's call sites. */
export function placeOf(call: (tell: () => number) => void): FunctionPlace | undefined {
  let place: FunctionPlace | undefined;
  call(() => {
    // This function stands above its caller.
    const [frame] = readStack(1, 1);
    const [, url = "", , , line = 0, column = 0] = frame ?? [];
    if (line > 0) place = { url, line: line - 1, column: column - 1 };
    return 0;
  });
  return place;
}
