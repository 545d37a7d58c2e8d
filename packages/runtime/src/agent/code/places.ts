import type { SiteFrame } from "../../target/stack-reader.ts";
import type { Session } from "../inspector/session.ts";
import type { CallFrame } from "./call-frame.ts";
import { isData } from "./read-script.ts";
import type { RunningScripts, SeenFunction } from "./running.ts";
import { leftOut, type Place, type Scripts } from "./scripts.ts";

/** The file of code that has none. */
const EVALUATED = "(eval)";

/** A frame as people know it: lines count from 1, 0 where it is not known. */
export interface Named {
  readonly name: string;
  readonly file: string;
  readonly startLine: number;
  readonly line: number;
}

/** A frame that samples found on top, and at which lines (from 1). */
export interface Hot {
  readonly frame: CallFrame;
  readonly lines: Iterable<number>;
  /** The function of a script that has called it, and so may have it inlined; none: it is no code without a file, or nobody's. */
  readonly callers: readonly CallFrame[];
}

/** The places of frames in the original sources, for every profile and dump. */
export class Places {
  readonly #scripts: Scripts;
  readonly #running: RunningScripts | undefined;
  /** What the scripts of frames go by. */
  readonly #names = new Map<CallFrame | SiteFrame, string>();

  constructor(scripts: Scripts, running: RunningScripts | undefined) {
    this.#scripts = scripts;
    this.#running = running;
  }

  /** Finds out what runs at these frames of a thread, and reads its maps; resolves with what is to be said of that. */
  async load(session: Session | undefined, frames: Iterable<CallFrame | SiteFrame>): Promise<string[]> {
    const seen = new Map<SeenFunction, CallFrame | SiteFrame>();
    for (const frame of frames) seen.set(isSite(frame) ? seenAt(frame) : frame, frame);
    const { names, comments = [] } = (await this.#running?.identify(session, seen.keys())) ?? {};
    for (const [one, frame] of seen) this.#names.set(frame, names?.get(one) ?? one.url);
    const left = await this.#scripts.load(new Set([...seen.values()].map((frame) => this.scriptOf(frame))));
    // V8 does not say of every call site where its function begins.
    const unknown = [...seen.values()].filter((frame) => isSite(frame) && frame[4] === 0);
    await this.#scripts.scan(new Set(unknown.map((frame) => this.scriptOf(frame))));
    return [...comments, ...Array.from(left, ([why, url]) => leftOut(why, url))];
  }

  async scanInlined(hot: readonly Hot[]): Promise<void> {
    const scripts = this.#scripts;
    for (const { frame, lines, callers } of hot) {
      const { lineNumber } = frame;
      if (!isEvaluated(frame)) continue;
      const last = Math.max(lineNumber, ...Array.from(lines, (line) => line - 1));
      for (const caller of callers) scripts.noteEvaluated(this.scriptOf(caller), lineNumber, last);
    }
    await scripts.scan(new Set(hot.map(({ frame }) => this.scriptOf(frame))));
    const importing = new Set<string>();
    for (const { frame, lines } of hot) {
      const script = this.scriptOf(frame);
      const caller = { line: frame.lineNumber, column: frame.columnNumber };
      for (const line of lines) {
        if (importing.has(script)) break;
        if (scripts.inlinedAt(script, caller, line - 1) === "elsewhere") importing.add(script);
      }
    }
    await scripts.scanImports(importing);
  }

  /** What the script of a frame goes by in `Scripts`. */
  scriptOf(frame: CallFrame | SiteFrame): string {
    return this.#names.get(frame) ?? (isSite(frame) ? frame[1] : frame.url);
  }

  /** The places, leaf first, of a frame in which samples found this line (from 1) running. */
  leaf(frame: CallFrame, line: number | undefined): Named[] {
    if (line === undefined || frame.url === "") return [this.#at(this.scriptOf(frame), frame, line)];
    const script = this.scriptOf(frame);
    const inlined = this.#scripts.inlinedAt(script, { line: frame.lineNumber, column: frame.columnNumber }, line - 1);
    if (inlined === "caller") return [this.#at(script, frame, line)];
    if (inlined === "elsewhere" || inlined === "unclear") return [this.begin(frame)];
    const { url, range } = inlined;
    const callee = { functionName: range.name, url, lineNumber: range.line, columnNumber: range.column };
    return [this.#at(url, callee, line), this.begin(frame)];
  }

  /** The place where the function of a frame begins. */
  begin(frame: CallFrame): Named {
    return this.#at(this.scriptOf(frame), frame);
  }

  site(frame: SiteFrame): Named {
    const [functionName, url, line, column, beginLine, beginColumn] = frame;
    if (url === "") return line === 0 ? native(functionName) : evaluated(functionName, beginLine || line, line);
    const script = this.scriptOf(frame);
    const found = beginLine === 0 ? this.#scripts.functionAt(script, functionName, line - 1) : undefined;
    const begin = found ?? { line: beginLine - 1, column: beginColumn - 1 };
    if (begin.line < 0) {
      const at = this.#siteAt(script, line, column);
      return named(functionName, { file: at.file, line: 0 }, at.line);
    }
    return this.#function(script, { functionName, url, lineNumber: begin.line, columnNumber: begin.column }, (own) => {
      // A line of a bundle may have many functions.
      if (column === 0 && line === begin.line + 1) return own.line;
      const at = this.#siteAt(script, line, column);
      return at.file === own.file ? at.line : own.line;
    });
  }

  #siteAt(script: string, line: number, column: number): Place {
    return column > 0 ? this.#scripts.original(script, line, column) : this.#scripts.originalOfLine(script, line);
  }

  /** The place of a frame: at this line of the script (from 1) where it is known, else where the function begins. */
  #at(script: string, frame: CallFrame, line?: number): Named {
    if (frame.url === "") return unnamed(frame, line);
    return this.#function(script, frame, (begin) => {
      // On the function's own first line, its column tells more than the line's first segment: a bundle may be one line.
      if (line === undefined || line === frame.lineNumber + 1) return begin.line;
      const at = this.#scripts.original(script, line);
      // The tick of an inlined function from another file would put this function into that file.
      return at.file === begin.file ? at.line : begin.line;
    });
  }

  #function(
    script: string,
    { functionName, lineNumber, columnNumber }: CallFrame,
    lineIn: (begin: Place) => number,
  ): Named {
    // What runs when a module is loaded has no name, and begins where the module begins; behind an `await` V8 has no place for it.
    if (functionName === "" && lineNumber <= 0 && columnNumber <= 0) {
      const begin = this.#scripts.beginOf(script);
      return named(`(module ${baseName(begin.file)})`, begin, lineIn(begin));
    }
    const begin = this.#scripts.original(script, lineNumber + 1, columnNumber + 1);
    const name = this.#scripts.functionName(script, lineNumber + 1, columnNumber + 1, functionName);
    return named(name, begin, lineIn(begin));
  }
}

function isSite(frame: CallFrame | SiteFrame): frame is SiteFrame {
  return Array.isArray(frame);
}

function seenAt([functionName, url, , , beginLine, beginColumn]: SiteFrame): SeenFunction {
  return { functionName, url, lineNumber: beginLine - 1, columnNumber: beginColumn - 1 };
}

/** A function whose script has no URL: none of JavaScript's, or of code that was made as the program ran, by `eval` or `new Function`. */
function unnamed(frame: CallFrame, line?: number): Named {
  const { functionName, lineNumber } = frame;
  return isEvaluated(frame) ? evaluated(functionName, lineNumber + 1, line) : native(functionName);
}

/** Whether it is a function of code that was made of text as the program ran. */
export function isEvaluated({ url, scriptId, lineNumber }: CallFrame): boolean {
  return url === "" && (scriptId ?? "0") !== "0" && lineNumber >= 0;
}

function evaluated(functionName: string, startLine: number, line = startLine): Named {
  // What has no name V8 calls so in a stack that the program takes.
  const name = functionName === "eval" ? "" : functionName;
  return { name: name || `(anonymous ${EVALUATED}:${startLine})`, file: EVALUATED, startLine, line };
}

function native(name: string): Named {
  return { name: name || "(native)", file: "", startLine: 0, line: 0 };
}

function named(name: string, begin: Place, line: number): Named {
  const base = baseName(begin.file);
  const shown = name || `(anonymous ${begin.line > 0 ? `${base}:${begin.line}` : base})`;
  return { name: shown, file: begin.file, startLine: begin.line, line };
}

function baseName(file: string): string {
  return isData(file) ? file : file.slice(file.lastIndexOf("/") + 1);
}
