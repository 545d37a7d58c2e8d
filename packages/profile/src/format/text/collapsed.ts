import { ProfileError } from "../../error.ts";
import type { Profile } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { parseInt64, quoteLine } from "../build/int64.ts";
import { SymbolSamples } from "../build/symbol-samples.ts";

const LINE = /^(.*\S)\s+(-?\d{1,30})(?:\.\d+)?$/;

/** So many lines tell the format. */
const LOOKED_AT = 100;

export function isCollapsed(input: Input): boolean {
  if (!input.isText || !input.head.includes(";")) return false;
  const lines = input.lines();
  let stacks = 0;
  let others = 0;
  for (let i = 0; i < LOOKED_AT && lines.next(); i++) {
    if (isComment(lines.line)) continue;
    if (LINE.test(lines.line.trim())) stacks++;
    // Frames may begin as JSON does, threads by async-profiler among them; no line of JSON ends as a stack does.
    else if (stacks === 0 && /^\s*[{[]/.test(lines.line)) return false;
    else others++;
  }
  // A line that is none is refused by its number.
  return stacks > others;
}

function isComment(line: string): boolean {
  return /^\s*(?:#|\/\/|$)/.test(line);
}

/** Reads collapsed stacks, a line `root;caller;leaf 12` each, as Brendan Gregg's scripts write them. */
export function readCollapsed(input: Input): Profile {
  const type = { type: "samples", unit: "count" };
  const out = new SymbolSamples({ sampleTypes: [type], periodType: type, period: 1 }, input.bytes.length);
  const lines = input.lines();
  while (lines.next()) {
    if (isComment(lines.line)) continue;
    const line = lines.line.trim();
    const columns = LINE.exec(line);
    if (columns === null) {
      throw new ProfileError(`malformed profile: line ${lines.number} is no collapsed stack: ${quoteLine(line)}`);
    }
    const stack = columns[1]!.split(";").map((name) => out.named(name));
    out.add(stack.reverse(), [parseInt64(columns[2]!, line)]);
  }
  return out.build();
}
