import type { LabelFields } from "../../builder.ts";
import type { Profile } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { quoteLine } from "../build/int64.ts";
import type { Lines } from "../build/lines.ts";
import { SymbolSamples } from "../build/symbol-samples.ts";
import { goPairs } from "./go-quoted.ts";

/** `goroutine 7 gp=0xc000 m=nil mp=0x0 [select, 5 minutes, locked to thread]:` */
const GOROUTINE = /^goroutine (\d{1,15}) (?:gp=\S+ )?(?:m=\S+ )?(?:mp=\S+ )?\[(.*)\]:$/;
const FIRST = /(?:^|\n)goroutine \d+ [^\n]*\[[^\n]*\]:\r?\n/;
/** What a dump begins with: a goroutine, or the reason of a crash. */
const START = /^\s*(?:goroutine \d|panic: |fatal error: |runtime: |SIG[A-Z]+: |unexpected fault )/;
/** A goroutine whose thread runs on has no stack to show. */
const RUNNING = /^\s*goroutine running on other thread; stack unavailable$/;
const CREATED = /^created by (.*?)(?: in goroutine (\d{1,15}))?$/;
const PLACE = /^\s+(.*):(\d{1,15})(?: \+0x[\da-f]+)?(?: fp=\S+)?(?: sp=\S+)?(?: pc=\S+)?$/;
const LONGEST_PLACE = 10_000;
/** So many odd lines are kept until it is known whether a frame comes behind them. */
const MOST_HELD = 100;
const ELIDED = /^\.\.\.(?:additional frames elided|\d+ frames elided)\.\.\.$/;
const LABELS = " labels:{";
const MINUTES = /^(\d{1,15}) minutes$/;

export function isGoroutineDump(input: Input): boolean {
  return input.isText && FIRST.test(input.head) && START.test(input.head);
}

/**
 * Reads Go's goroutine?debug=2 and the tracebacks of crashes: one sample for each goroutine. Its labels are `goroutine` (its
 * number), `state`, `wait` in minutes, `locked` and `bubble` where they are told, `created_by` and `creator`, and its own.
 */
export function readGoroutineDump(input: Input): Profile {
  return readGoroutines(input, input.lines());
}

/** Reads the goroutines of these lines. */
export function readGoroutines(input: Input, lines: Lines): Profile {
  const type = { type: "goroutine", unit: "count" };
  const out = new SymbolSamples({ sampleTypes: [type], periodType: type, period: 1 }, input.stackBytes);
  const places = new Map<string, number>();
  let header = nextGoroutine(lines);
  while (header !== null) {
    const labels: LabelFields[] = [{ key: "goroutine", value: Number(header[1]) }, ...statusLabels(header[2]!)];
    const stack = readStack(input, lines, labels, (name, filename, line) => {
      const key = `${name}\n${filename}:${line}`;
      const row = places.get(key) ?? out.location({ name, filename, line });
      places.set(key, row);
      return row;
    });
    out.add(stack, [1], labels);
    header = GOROUTINE.exec(lines.line) ?? nextGoroutine(lines);
  }
  return out.build();
}

function nextGoroutine(lines: Lines): RegExpExecArray | null {
  while (lines.next()) {
    const header = GOROUTINE.exec(lines.line);
    if (header !== null) return header;
  }
  return null;
}

interface Told {
  readonly number: number;
  readonly line: string;
}

/**
 * Reads a stack up to an empty line or the next goroutine: of each frame a line with the function and its arguments, and
 * one with its place.
 */
function readStack(
  input: Input,
  lines: Lines,
  labels: LabelFields[],
  locate: (name: string, filename: string, line: number) => number,
): number[] {
  const stack: number[] = [];
  let call: Told | undefined;
  // Behind the last goroutine of a crash there may be registers and the like: odd is what has frames behind it.
  let odd: Told[] = [];
  const tell = (told: readonly Told[]): void => {
    for (const { number, line } of told) input.odd(`line ${number} is no frame of a goroutine: ${quoteLine(line)}`);
  };
  while (lines.next() && lines.line !== "") {
    const { line, number } = lines;
    if (GOROUTINE.test(line)) break;
    // Frames that Go left out leave nothing to show.
    if (ELIDED.test(line) || RUNNING.test(line)) continue;
    const created = CREATED.exec(line);
    if (created !== null) {
      labels.push({ key: "created_by", value: created[1]! });
      if (created[2] !== undefined) labels.push({ key: "creator", value: Number(created[2]) });
      lines.next();
      continue;
    }
    const place = call !== undefined && line.length < LONGEST_PLACE ? PLACE.exec(line) : null;
    if (call !== undefined && place !== null) {
      tell(odd);
      odd = [];
      stack.push(locate(call.line.slice(0, call.line.lastIndexOf("(")), place[1]!, Number(place[2])));
      call = undefined;
      continue;
    }
    if (call !== undefined) odd.push(call);
    call = isCall(line) ? { number, line } : undefined;
    if (call === undefined && odd.length < MOST_HELD) odd.push({ number, line });
  }
  const calls = call === undefined ? odd : [...odd, call];
  tell(calls.filter(({ line }) => isCall(line)));
  return stack;
}

/** Whether a line is a function with its arguments: no name of Go's has a blank in it. */
function isCall(line: string): boolean {
  const args = line.lastIndexOf("(");
  return args > 0 && line.endsWith(")") && !/\s/.test(line.slice(0, args));
}

/** `select (no cases), 5 minutes, locked to thread, synctest bubble 3 labels:{"key": "value"}` */
function statusLabels(status: string): LabelFields[] {
  const pairsAt = status.endsWith("}") ? status.indexOf(LABELS) : -1;
  const [state, ...rest] = (pairsAt < 0 ? status : status.slice(0, pairsAt)).split(", ");
  const labels: LabelFields[] = [{ key: "state", value: state! }];
  for (const text of rest) {
    const minutes = MINUTES.exec(text);
    if (minutes !== null) labels.push({ key: "wait", value: Number(minutes[1]), unit: "minutes" });
    else if (text === "locked to thread") labels.push({ key: "locked", value: "thread" });
    else if (text.startsWith("synctest bubble "))
      labels.push({ key: "bubble", value: text.slice("synctest bubble ".length) });
  }
  if (pairsAt >= 0)
    for (const [key, value] of goPairs(status.slice(pairsAt + LABELS.length, -1))) labels.push({ key, value });
  return labels;
}
