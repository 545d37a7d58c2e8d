import { integer, type JsonObject, object, text } from "./json.ts";
import type { Place, SymbolSamples } from "./symbol-samples.ts";

/** A function as V8's profilers name it; its beginning counts from 0, -1 where there is none. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** So much of a file's name is in the name of a function that has none. */
const LONGEST_BASE = 100;

/** A V8 call frame out of JSON; in traces of Chrome most of it may be left out. */
export function parseCallFrame(value: unknown, what: string): CallFrame {
  const frame: JsonObject = object(value, what);
  return {
    functionName: text(frame.functionName ?? "", `functionName of ${what}`),
    url: text(frame.url ?? "", `url of ${what}`),
    lineNumber: integer(frame.lineNumber ?? -1, `lineNumber of ${what}`),
    columnNumber: integer(frame.columnNumber ?? -1, `columnNumber of ${what}`),
  };
}

/** The location of a call frame: at this line of its script (from 1) where one is given, else where the function begins. */
export function scriptLocation(samples: SymbolSamples, frame: CallFrame, line?: number): number {
  return samples.place(scriptFunction(samples, frame), scriptPlace(frame, line));
}

/** The row of a call frame's function. */
export function scriptFunction(samples: SymbolSamples, { functionName, url, lineNumber }: CallFrame): number {
  const filename = fileOf(url);
  const startLine = lineNumber + 1;
  // Code that has a line but no file was given to eval or to the console.
  const name =
    functionName ||
    (url !== "" ? `(anonymous ${baseName(filename)}:${startLine})` : startLine > 0 ? "(anonymous)" : "(native)");
  return samples.function({ name, filename, startLine });
}

/** Where in its function a frame is: the column tells the functions of a minified line apart. */
export function scriptPlace({ lineNumber, columnNumber }: CallFrame, line?: number): Place {
  const startLine = lineNumber + 1;
  return line === undefined || line === startLine ? { line: startLine, column: columnNumber + 1 } : { line };
}

/** What stands behind the last slash; of a `data:` URL that may be a program. */
function baseName(filename: string): string {
  const end = filename.slice(-LONGEST_BASE);
  const slash = end.lastIndexOf("/");
  return slash < 0 && filename.length > LONGEST_BASE ? `...${end}` : end.slice(slash + 1);
}

/** A script's URL as the file name that people know it by. */
export function fileOf(url: string): string {
  if (!url.startsWith("file://")) return url;
  try {
    return decodeURIComponent(new URL(url).pathname).replace(/^\/(?=[A-Za-z]:)/, "");
  } catch {
    return url;
  }
}
