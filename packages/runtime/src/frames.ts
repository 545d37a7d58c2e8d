import type { ProfileBuilder } from "@pprof-ts/profile";
import type { Scripts } from "./scripts.ts";

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
  readonly #scripts: Scripts;
  readonly #script: number;
  readonly #node: number;

  constructor(builder: ProfileBuilder, scripts: Scripts, program: Program) {
    this.#builder = builder;
    this.#scripts = scripts;
    // Marked as symbolized, so that no tool looks for addresses in a script.
    const symbolized = { hasFunctions: true, hasFilenames: true, hasLineNumbers: true, hasInlineFrames: true };
    this.#script = builder.mapping({ filename: program.script, ...symbolized });
    this.#node = builder.mapping({ filename: program.execPath, ...symbolized });
  }

  /** The locations, leaf first, of a frame in which samples found this line (from 1) running. */
  leaf(frame: CallFrame, line: number | undefined): number[] {
    if (line === undefined || frame.url === "") return [this.location(frame, line)];
    const caller = { line: frame.lineNumber, column: frame.columnNumber };
    const inlined = this.#scripts.inlinedAt(frame.url, caller, line - 1);
    if (inlined === undefined) return [this.location(frame, line)];
    const callee = {
      functionName: inlined.name,
      url: frame.url,
      lineNumber: inlined.line,
      columnNumber: inlined.column,
    };
    return [this.location(callee, line), this.location(frame)];
  }

  /** The location of a frame: at this line of the script (from 1) where it is known, else where the function begins. */
  location({ functionName, url, lineNumber, columnNumber }: CallFrame, line?: number): number {
    if (url === "") {
      const fn = this.#builder.function({ name: functionName || "(native)" });
      return this.#builder.location({ mapping: this.#node, lines: [{ function: fn }] });
    }
    const begin = this.#scripts.original(url, lineNumber + 1, columnNumber + 1);
    // On the function's own first line, its column tells more than the line's first segment: a bundle may be one line.
    const at = line === undefined || line === lineNumber + 1 ? begin : this.#scripts.original(url, line);
    // The tick of an inlined function from another file would put this function into that file.
    const shown = at.file === begin.file ? at : begin;
    const name = this.#scripts.functionName(url, lineNumber + 1, columnNumber + 1, functionName);
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
