import type { ProfileBuilder } from "@pprof-ts/profile";
import type { Program } from "../../exchange/program.ts";
import type { SiteFrame } from "../../target/stack-reader.ts";
import { type Addresses, NODE_RANGE, SCRIPT_RANGE } from "./code-addresses.ts";
import { leftOut, type Place, type Scripts } from "./scripts.ts";

/** A function as V8's profilers name it; line and column of its beginning count from 0, -1 where there is none. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** What all profiles of a process share. */
export interface Surroundings {
  readonly scripts: Scripts;
  readonly addresses: Addresses;
  readonly program: Program;
}

/** Turns frames into a profile's locations, at the places of the original sources. */
export class Frames {
  readonly #builder: ProfileBuilder;
  readonly #scripts: Scripts;
  readonly #addresses: Addresses;
  readonly #script: number;
  readonly #node: number;
  readonly #leftOut = new Set<string>();
  readonly #sites = new Map<SiteFrame, number>();
  readonly #leaves = new Map<string, number[]>();

  constructor(builder: ProfileBuilder, { scripts, addresses, program }: Surroundings) {
    this.#builder = builder;
    this.#scripts = scripts;
    this.#addresses = addresses;
    // Marked as symbolized, so that no tool looks for addresses in a script.
    const symbolized = { hasFunctions: true, hasFilenames: true, hasLineNumbers: true, hasInlineFrames: true };
    this.#script = builder.mapping({ ...SCRIPT_RANGE, filename: program.script, ...symbolized });
    this.#node = builder.mapping({ ...NODE_RANGE, filename: program.execPath, ...symbolized });
  }

  /** Reads the source maps of these scripts, of which frames are to come; which were left out, the profile's comments say. */
  async load(urls: Iterable<string>): Promise<void> {
    for (const [why, url] of await this.#scripts.load(urls)) {
      if (!this.#leftOut.has(why)) this.#builder.comment(leftOut(why, url));
      this.#leftOut.add(why);
    }
  }

  /** The locations, leaf first, of a frame in which samples found this line (from 1) running. */
  leaf(frame: CallFrame, line: number | undefined): number[] {
    const key = `${frame.url}:${frame.lineNumber}:${frame.columnNumber}:${line}:${frame.functionName}`;
    let locations = this.#leaves.get(key);
    if (locations === undefined) {
      locations = this.#leafLocations(frame, line);
      this.#leaves.set(key, locations);
    }
    return locations;
  }

  #leafLocations(frame: CallFrame, line: number | undefined): number[] {
    if (line === undefined || frame.url === "") return [this.location(frame, line)];
    const caller = { line: frame.lineNumber, column: frame.columnNumber };
    const inlined = this.#scripts.inlinedAt(frame.url, caller, line - 1);
    if (inlined === "caller") return [this.location(frame, line)];
    if (inlined === "elsewhere") return [this.location(frame)];
    const { url, range } = inlined;
    const callee = { functionName: range.name, url, lineNumber: range.line, columnNumber: range.column };
    return [this.location(callee, line), this.location(frame)];
  }

  /** The location of a frame: at this line of the script (from 1) where it is known, else where the function begins. */
  location(frame: CallFrame, line?: number): number {
    if (frame.url === "") return this.named(frame.functionName || "(native)");
    return this.#function(frame, (begin) => {
      // On the function's own first line, its column tells more than the line's first segment: a bundle may be one line.
      if (line === undefined || line === frame.lineNumber + 1) return begin.line;
      const at = this.#scripts.original(frame.url, line);
      // The tick of an inlined function from another file would put this function into that file.
      return at.file === begin.file ? at.line : begin.line;
    });
  }

  /** The location of a call site. Samples share frames, and finding the function of one is slow. */
  site(frame: SiteFrame): number {
    let location = this.#sites.get(frame);
    if (location === undefined) {
      location = this.#siteLocation(frame);
      this.#sites.set(frame, location);
    }
    return location;
  }

  #siteLocation([functionName, url, line, column, beginLine, beginColumn]: SiteFrame): number {
    if (url === "") return this.named(functionName || "(native)");
    const at = this.#scripts.original(url, line, column || undefined);
    const found = beginLine === 0 ? this.#scripts.functionAt(url, functionName, line - 1) : undefined;
    const begin = found ?? { line: beginLine - 1, column: beginColumn - 1 };
    if (begin.line < 0) return this.#place(url, functionName, { file: at.file, line: 0 }, at.line);
    return this.#function({ functionName, url, lineNumber: begin.line, columnNumber: begin.column }, () => at.line);
  }

  /** The location of what is no JavaScript function, such as `(garbage collector)`. */
  named(name: string): number {
    const fn = this.#builder.function({ name });
    const address = this.#addresses.of("node", name, "", 0);
    return this.#builder.location({ mapping: this.#node, address, lines: [{ function: fn }] });
  }

  #function({ functionName, url, lineNumber, columnNumber }: CallFrame, lineIn: (begin: Place) => number): number {
    const begin = this.#scripts.original(url, lineNumber + 1, columnNumber + 1);
    // What runs when a module is loaded has no name, and begins where the module begins.
    const module = functionName === "" && lineNumber === 0 && columnNumber === 0;
    const name = module
      ? `(module ${baseName(begin.file)})`
      : this.#scripts.functionName(url, lineNumber + 1, columnNumber + 1, functionName);
    return this.#place(url, name, begin, lineIn(begin));
  }

  #place(url: string, name: string, begin: Place, line: number): number {
    const { file } = begin;
    const base = baseName(file);
    const shownName = name || `(anonymous ${begin.line > 0 ? `${base}:${begin.line}` : base})`;
    const fn = this.#builder.function({ name: shownName, filename: file, startLine: begin.line });
    const kind = url.startsWith("node:") ? "node" : "script";
    return this.#builder.location({
      mapping: kind === "node" ? this.#node : this.#script,
      address: this.#addresses.of(kind, shownName, file, line),
      lines: [{ function: fn, line }],
    });
  }
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1);
}
