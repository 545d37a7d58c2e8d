import { BASE_LABEL } from "../../merge/subtract.ts";
import type { Profile } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { quoteLine } from "../build/int64.ts";
import { SymbolSamples } from "../build/symbol-samples.ts";

const LINE = /^(.*\S)\s+(-?\d{1,30}(?:\.\d{0,30})?)$/;
/** A count without a stack. */
const EMPTY = /^() (-?\d{1,30}(?:\.\d{0,30})?)$/;
/** As difffolded.pl writes: the counts of two profiles, the base's first. */
const TWO = /^(.*\S)\s+(-?\d{1,30}(?:\.\d{0,30})?)\s+(-?\d{1,30}(?:\.\d{0,30})?)$/;

/** So many lines tell the format. */
const LOOKED_AT = 100;

/** What the first lines are: how many are stacks, are stacks with two counts, and are no stacks. */
function look(input: Input): { stacks: number; withTwo: number; others: number } {
  const lines = input.lines();
  const found = { stacks: 0, withTwo: 0, others: 0 };
  for (let i = 0; i < LOOKED_AT && lines.next(); i++) {
    if (isComment(lines.line) || EMPTY.test(lines.line)) continue;
    const line = lines.line.trim();
    if (LINE.test(line)) {
      found.stacks++;
      if (TWO.test(line)) found.withTwo++;
    }
    // Frames may begin as JSON does, threads by async-profiler among them; no line of JSON ends as a stack does.
    else if (found.stacks === 0 && /^[{[]/.test(line)) return { stacks: 0, withTwo: 0, others: 1 };
    else found.others++;
  }
  return found;
}

export function isCollapsed(input: Input): boolean {
  if (!input.isText) return false;
  const { stacks, others } = look(input);
  // Without a caller anywhere, nothing but stacks may be there: many a text has lines that end in a number.
  return input.head.includes(";") ? stacks > others : stacks > 0 && others === 0;
}

function isComment(line: string): boolean {
  return /^\s*(?:#|\/\/|$)/.test(line);
}

/** The units of counts with so many decimals. */
const UNITS = [
  { decimals: 0, unit: "count" },
  { decimals: 3, unit: "millicount" },
  { decimals: 6, unit: "microcount" },
  { decimals: 9, unit: "nanocount" },
] as const;

/**
 * Reads collapsed stacks, a line `root;caller;leaf 12` each, as Brendan Gregg's scripts write them. Counts with decimals
 * are kept, in thousandths or less; of lines with two counts the first is that of a base, as `-diff_base` has it.
 */
export function readCollapsed(input: Input): Profile {
  const decimals = mostDecimals(input.bytes);
  const { decimals: kept, unit } = UNITS.find((row) => row.decimals >= decimals) ?? UNITS.at(-1)!;
  const type = { type: "samples", unit };
  const out = new SymbolSamples({ sampleTypes: [type], periodType: type, period: 10 ** kept }, input.stackBytes);
  const { stacks, withTwo } = look(input);
  const hasBase = stacks > 0 && withTwo === stacks;
  const pattern = hasBase ? TWO : LINE;
  const lines = input.lines();
  while (lines.next()) {
    if (isComment(lines.line)) continue;
    const line = lines.line.trim();
    // py-spy has samples of threads that have no frame: a count alone, behind the blank.
    const columns = pattern.exec(line) ?? EMPTY.exec(lines.line);
    if (columns === null) {
      input.odd(`line ${lines.number} is no collapsed stack: ${quoteLine(line)}`);
      continue;
    }
    const counts = columns.slice(2).map((text) => inParts(text, kept));
    if (counts.some((count) => typeof count === "bigint" && count !== BigInt.asIntN(64, count))) {
      input.odd(`line ${lines.number} has a count that is no int64: ${quoteLine(line)}`);
      continue;
    }
    const stack = (columns[1] === "" ? [] : columns[1]!.split(";")).map((name) => out.named(name)).reverse();
    out.add(stack, [counts.at(-1)!]);
    if (hasBase) out.add(stack, [-counts[0]!], [{ key: BASE_LABEL, value: "true" }]);
  }
  return out.build();
}

/** A decimal number in units of ten to the minus `decimals`; what is finer is rounded. */
function inParts(text: string, decimals: number): number | bigint {
  if (decimals === 0 && text.length < 16) return Math.round(Number(text));
  const [whole = "", fraction = ""] = text.split(".");
  const parts = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, "0"));
  if ((fraction[decimals] ?? "0") < "5") return parts;
  return text.startsWith("-") ? parts - 1n : parts + 1n;
}

const NEWLINE = 10;
const DOT = 46;
const ZERO = 48;
const NINE = 57;

/** The most decimals, zeros at the end aside, that the number at the end of a line has. */
function mostDecimals(bytes: Uint8Array): number {
  let most = 0;
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    let at = end - 1;
    while (at >= start && bytes[at]! <= 32) at--;
    while (at >= start && bytes[at] === ZERO) at--;
    const last = at;
    while (at >= start && bytes[at]! >= ZERO && bytes[at]! <= NINE) at--;
    if (bytes[at] === DOT && at > start && last > at) most = Math.max(most, last - at);
    start = end + 1;
  }
  return most;
}
