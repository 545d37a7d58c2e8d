import type { Profile } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { isObject } from "../build/json.ts";
import type { LineReader, Lines } from "../build/lines.ts";
import { readGoroutines } from "./goroutine-dump.ts";

/** Where a goroutine begins, whatever stands before it. */
const START = /goroutine \d{1,15} (?:gp=\S+ )?(?:m=\S+ )?(?:mp=\S+ )?\[[^\]]{1,200}\]:/;
/** Longer than what any log puts before a line. */
const LONGEST_PREFIX = 300;
/** So deep in JSON a message may stand. */
const DEEPEST = 4;

/** Looked for in all of the input, so this is for what no other format knows. */
export function isCrashLog(input: Input): boolean {
  return input.isText && input.lines().seek((line) => START.test(line));
}

/**
 * Reads the tracebacks of Go in a log: lines before and after, with what `kubectl logs`, compose and loggers put before
 * each line, and the messages of JSON lines.
 */
export function readCrashLog(input: Input): Profile {
  return readGoroutines(input, new LogLines(input.lines()));
}

/** The lines of a traceback, without what the log put around them. */
class LogLines implements Lines {
  line = "";
  number = 0;
  readonly #lines: LineReader;
  #inside: string[] = [];
  /** What stands before each line, once a goroutine has shown it. */
  #prefix: RegExp | undefined;
  /** In which member of a line's JSON the message stands. */
  #member: readonly string[] | undefined;

  constructor(lines: LineReader) {
    this.#lines = lines;
  }

  next(): boolean {
    for (;;) {
      const inside = this.#inside.pop();
      if (inside !== undefined) {
        this.line = inside;
        return true;
      }
      if (!this.#lines.next()) {
        this.line = "";
        return false;
      }
      this.number = this.#lines.number;
      const { line } = this.#lines;
      if (line.startsWith("{") && this.#enterJson(line)) continue;
      const text = this.#withoutPrefix(line);
      if (text === undefined) continue;
      this.line = text;
      return true;
    }
  }

  /** Goes into the message of a line that is JSON; false where it is none, or has no message. */
  #enterJson(line: string): boolean {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return false;
    }
    this.#member = START.test(line) ? messageWith(value, []) : this.#member;
    const message = this.#member && memberAt(value, this.#member);
    if (typeof message !== "string") return false;
    this.#inside = message
      .replace(/\r?\n$/, "")
      .split(/\r?\n/)
      .reverse();
    return true;
  }

  /** The line as Go wrote it; undefined where it is of someone else, as lines of another container are. */
  #withoutPrefix(line: string): string | undefined {
    const start = START.exec(line);
    if (start !== null && start.index <= LONGEST_PREFIX) {
      this.#prefix = start.index === 0 ? undefined : prefixLike(line.slice(0, start.index));
      // A whole traceback may stand in one line, its ends of lines escaped.
      const rest = line.slice(start.index);
      if (!rest.includes("]:\\n")) return rest;
      this.#inside = rest
        .replace(/"[^"]*$/, "")
        .replaceAll("\\t", "\t")
        .split("\\n")
        .reverse();
      return this.#inside.pop();
    }
    if (this.#prefix === undefined) return line;
    const prefix = this.#prefix.exec(line);
    return prefix === null ? undefined : line.slice(prefix[0].length);
  }
}

/** Finds what is like this: the same signs, other numbers, and no blank behind it where the line is empty. */
function prefixLike(prefix: string): RegExp {
  const ending = /\s?$/.exec(prefix)![0];
  const parts = prefix.slice(0, prefix.length - ending.length).match(/\d+|\s+|[^\d\s]+/g) ?? [];
  const pattern = parts.map((part) => {
    if (/^\d/.test(part)) return "\\d{1,30}";
    return /^\s/.test(part) ? "\\s{1,80}" : part.replace(/[$()*+.?[\\\]^{|}]/g, "\\$&");
  });
  return new RegExp(`^${pattern.join("")}(?:${ending === "" ? "" : `${ending.replace("\t", "\\t")}|$`})`);
}

/** The path of the member whose text holds the beginning of a goroutine. */
function messageWith(value: unknown, path: readonly string[]): readonly string[] | undefined {
  if (typeof value === "string") return START.test(value) ? path : undefined;
  if (!isObject(value) || path.length === DEEPEST) return undefined;
  for (const [key, member] of Object.entries(value)) {
    const found = messageWith(member, [...path, key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function memberAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const key of path) at = isObject(at) ? at[key] : undefined;
  return at;
}
