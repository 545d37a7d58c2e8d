import { integer, type JsonObject, object, text } from "./json.ts";
import type { SymbolSamples } from "./symbol-samples.ts";

/** A function as V8's profilers name it; its beginning counts from 0, -1 where there is none. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

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
  const { functionName, url } = frame;
  const filename = fileOf(url);
  const startLine = frame.lineNumber + 1;
  const base = filename.slice(filename.lastIndexOf("/") + 1);
  // Code that has a line but no file was given to eval or to the console.
  const unnamed = url !== "" ? `(anonymous ${base}:${startLine})` : startLine > 0 ? "(anonymous)" : "(native)";
  return samples.location({
    name: functionName || unnamed,
    filename,
    startLine,
    // The column tells the functions of a minified line apart.
    ...(line === undefined || line === startLine ? { line: startLine, column: frame.columnNumber + 1 } : { line }),
  });
}

/** A script's URL as the file name that people know it by. */
function fileOf(url: string): string {
  if (!url.startsWith("file://")) return url;
  try {
    return decodeURIComponent(new URL(url).pathname).replace(/^\/(?=[A-Za-z]:)/, "");
  } catch {
    return url;
  }
}
