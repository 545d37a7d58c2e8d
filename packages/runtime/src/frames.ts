import type { ProfileBuilder } from "@pprof-ts/profile";
import type { SourceMaps } from "./source-maps.ts";

/** A function as V8's profilers name it; line and column of its beginning count from 0, -1 where there is none. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** What runs: its main script and the Node that runs it. */
export interface Program {
  readonly script: string;
  readonly execPath: string;
  readonly commandLine: readonly string[];
}

/** Turns V8's frames into a profile's locations, at the places of the original sources. */
export class Frames {
  readonly #builder: ProfileBuilder;
  readonly #maps: SourceMaps;
  readonly #script: number;
  readonly #node: number;

  constructor(builder: ProfileBuilder, maps: SourceMaps, program: Program) {
    this.#builder = builder;
    this.#maps = maps;
    // Marked as symbolized, so that no tool looks for addresses in a script.
    const symbolized = { hasFunctions: true, hasFilenames: true, hasLineNumbers: true, hasInlineFrames: true };
    this.#script = builder.mapping({ filename: program.script, ...symbolized });
    this.#node = builder.mapping({ filename: program.execPath, ...symbolized });
  }

  /** The location of a frame: at this line of the script (from 1) where it is known, else where the function begins. */
  location({ functionName, url, lineNumber, columnNumber }: CallFrame, line?: number): number {
    if (url === "") {
      const fn = this.#builder.function({ name: functionName || "(native)" });
      return this.#builder.location({ mapping: this.#node, lines: [{ function: fn }] });
    }
    const begin = this.#maps.original(url, lineNumber + 1, columnNumber + 1);
    // On the function's own first line, its column tells more than the line's first segment: a bundle may be one line.
    const at = line === undefined || line === lineNumber + 1 ? begin : this.#maps.original(url, line);
    // The tick of an inlined function from another file would put this function into that file.
    const shown = at.file === begin.file ? at : begin;
    const name = this.#maps.functionName(url, lineNumber + 1, columnNumber + 1, functionName);
    const fn = this.#builder.function({
      name: name || `(anonymous ${baseName(begin.file)}:${begin.line})`,
      filename: begin.file,
      startLine: begin.line,
    });
    const mapping = url.startsWith("node:") ? this.#node : this.#script;
    return this.#builder.location({ mapping, lines: [{ function: fn, line: shown.line }] });
  }
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}
