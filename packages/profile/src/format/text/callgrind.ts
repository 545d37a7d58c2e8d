import { ProfileError } from "../../error.ts";
import type { Profile, ValueType } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { quoteLine } from "../build/int64.ts";
import { CallGraph, type CallgrindFunction } from "./call-graph.ts";

const HEADER = /^([a-z]+):\s*(.*)$/i;
const NAME = /^([cj]?(?:fn|fl|fi|fe|ob|file))=\s*(?:\((\d{1,15})\))?\s*(.*)$/;
/** The file, or the object, of what callgrind does not know. */
const UNKNOWN = "???";
const CALLS = /^calls=\s*(\S+)/;

export function isCallgrind(input: Input): boolean {
  if (!input.isText) return false;
  for (const line of input.head.split("\n")) {
    if (/^# callgrind format|^events:\s*\S/.test(line)) return true;
    if (line.trim() !== "" && !line.startsWith("#") && !HEADER.test(line)) return false;
  }
  return false;
}

/**
 * Reads callgrind's profiles. They tell what each function cost by itself, exactly, and what each call cost; stacks are put
 * together from the calls in proportion to their cost, so that a function's flat values are exact and its cumulative ones
 * as good as that.
 */
export function readCallgrind(input: Input): Profile {
  const lines = input.lines();
  const names = new Names();
  let types: ValueType[] = [];
  let positions = 1;
  let graph: CallGraph | undefined;
  let isCall = false;
  let caller: number | undefined;
  const last: number[] = [];
  while (lines.next()) {
    const line = lines.line.trim();
    if (line === "" || line.startsWith("#")) continue;
    const first = line.charCodeAt(0);
    // A cost line begins with a digit, +, - or *.
    if (
      graph !== undefined &&
      ((first >= 0x30 && first <= 0x39) || first === 0x2a || first === 0x2b || first === 0x2d)
    ) {
      const columns = line.split(line.includes("  ") ? /\s+/ : " ");
      for (let i = 0; i < positions; i++) last[i] = position(columns[i], last[i] ?? 0, line);
      // What a line leaves out at its end is zero, and is not held: there may be many events.
      const costs = columns.slice(positions, positions + types.length).map((column) => cost(column, line));
      caller ??= graph.row(names.caller);
      if (isCall) {
        graph.call(caller, graph.row(names.callee), last.at(-1)!, costs);
        names.endCall();
      } else graph.self(caller, names.file, last.at(-1)!, costs);
      isCall = false;
      continue;
    }
    const name = NAME.exec(line);
    if (name !== null) {
      names.set(name[1]!, name[2], name[3]!);
      if (!/^[cj]/.test(name[1]!)) caller = undefined;
      continue;
    }
    if (CALLS.test(line)) {
      isCall = true;
      continue;
    }
    const header = HEADER.exec(line);
    if (header?.[1] === "positions") positions = header[2]!.trim().split(/\s+/).length;
    else if (header?.[1] === "events" && graph === undefined) {
      types = header[2]!.trim().split(/\s+/).map(eventType);
      graph = new CallGraph(types, names.texts, input.stackBytes);
    } else if (header === null && !/^(?:jump|jcnd|rec|frfn)/.test(line)) {
      input.odd(`line ${lines.number} is not callgrind's: ${quoteLine(line)}`);
    }
  }
  if (graph === undefined) throw new ProfileError("malformed profile: the callgrind profile names no events");
  return graph.profile();
}

/** The type in `events: cpu(nanoseconds)`, as pprof writes it; callgrind's own have no unit. */
function eventType(event: string): ValueType {
  const open = event.indexOf("(");
  if (open < 0 || !event.endsWith(")")) return { type: event, unit: "count" };
  return { type: event.slice(0, open), unit: event.slice(open + 1, -1) };
}

/** Positions are absolute, relative to the last line's, or the same. */
function position(text: string | undefined, last: number, line: string): number {
  if (text === "*") return last;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || text === "") {
    throw new ProfileError(`malformed profile: ${quoteLine(text ?? "")} in ${quoteLine(line)} is no position`);
  }
  return text!.startsWith("+") || text!.startsWith("-") ? last + value : value;
}

function cost(text: string | undefined, line: string): number {
  const value = Number(text ?? 0);
  if (Number.isFinite(value)) return value;
  throw new ProfileError(`malformed profile: ${quoteLine(text ?? "")} in ${quoteLine(line)} is no cost`);
}

/** The names in force at a line; a name in full comes with a number, which stands for it after that. */
class Names {
  /** Each name once: a long one may stand for very many functions. */
  readonly texts: string[] = [""];
  /** The file of cost lines: another one than the function's where code was inlined. */
  file = 0;
  caller: CallgrindFunction = { name: 0, file: 0, object: 0 };
  callee: CallgrindFunction = this.caller;
  readonly #rows = new Map<string, number>([["", 0]]);
  readonly #byNumber = new Map<string, number>();

  set(what: string, number: string | undefined, text: string): void {
    const kind = what.endsWith("fn") ? "fn" : what.endsWith("ob") ? "ob" : "fl";
    let name: number | undefined;
    if (number !== undefined && text === "") name = this.#byNumber.get(kind + number) ?? this.#row(`(${number})`);
    else {
      name = this.#row(text === UNKNOWN && kind !== "fn" ? "" : text);
      if (number !== undefined) this.#byNumber.set(kind + number, name);
    }
    // Where a jump goes carries no cost, but what it names is named for all that follows.
    if (what.startsWith("j")) return;
    if (what === "fi" || what === "fe") this.file = name;
    else if (what.startsWith("c")) this.callee = withName(this.callee, kind, name);
    else {
      this.caller = withName(this.caller, kind, name);
      this.file = this.caller.file;
      this.callee = this.caller;
    }
  }

  #row(text: string): number {
    let row = this.#rows.get(text);
    if (row === undefined) {
      row = this.texts.push(text) - 1;
      this.#rows.set(text, row);
    }
    return row;
  }

  /** What the next call does not say of its callee is as it is of its caller. */
  endCall(): void {
    this.callee = this.caller;
  }
}

function withName(fn: CallgrindFunction, kind: "fn" | "ob" | "fl", name: number): CallgrindFunction {
  if (kind === "fn") return { ...fn, name };
  return kind === "ob" ? { ...fn, object: name } : { ...fn, file: name };
}
