import type { LabelFields } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import type { Profile } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { quoteLine } from "../build/int64.ts";
import type { LineReader } from "../build/lines.ts";
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
  const type = { type: "goroutine", unit: "count" };
  const out = new SymbolSamples({ sampleTypes: [type], periodType: type, period: 1 }, input.bytes.length);
  const frames = new Frames(out);
  const lines = input.lines();
  let isFound = lines.seek((line) => GOROUTINE.test(line));
  while (isFound) {
    const [, id, status] = GOROUTINE.exec(lines.line)!;
    const labels: LabelFields[] = [{ key: "goroutine", value: Number(id) }, ...statusLabels(status!)];
    const stack: number[] = [];
    while (lines.next() && lines.line !== "") {
      const { line } = lines;
      // Frames that Go left out leave nothing to show.
      if (ELIDED.test(line) || RUNNING.test(line)) continue;
      if (GOROUTINE.test(line)) break;
      // Behind the last goroutine of a crash there may be registers and the like.
      if (!line.endsWith(")") && !line.startsWith("created by ")) break;
      const created = CREATED.exec(line);
      if (created !== null) {
        labels.push({ key: "created_by", value: created[1]! });
        if (created[2] !== undefined) labels.push({ key: "creator", value: Number(created[2]) });
        lines.next();
        continue;
      }
      stack.push(frames.read(lines));
    }
    out.add(stack, [1], labels);
    isFound = GOROUTINE.test(lines.line) || lines.seek((line) => GOROUTINE.test(line));
  }
  return out.build();
}

/** The locations of frames, by their two lines: a function with its arguments, then its place. */
class Frames {
  readonly #out: SymbolSamples;
  readonly #rows = new Map<string, number>();

  constructor(out: SymbolSamples) {
    this.#out = out;
  }

  /** The location of the frame at which `lines` stands; goes to its second line. */
  read(lines: LineReader): number {
    const { line, number } = lines;
    const args = line.lastIndexOf("(");
    const name = args > 0 ? line.slice(0, args) : line;
    const found = lines.next();
    const key = `${name}\n${lines.line}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      const place = found && lines.line.length < LONGEST_PLACE ? PLACE.exec(lines.line) : null;
      if (place === null) {
        throw new ProfileError(`malformed profile: line ${number} is no frame of a goroutine: ${quoteLine(line)}`);
      }
      row = this.#out.location({ name, filename: place[1]!, line: Number(place[2]) });
      this.#rows.set(key, row);
    }
    return row;
  }
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
