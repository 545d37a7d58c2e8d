import type { LabelFields } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import type { Profile, ValueType } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { quoteLine } from "../build/int64.ts";
import { SymbolSamples } from "../build/symbol-samples.ts";

/** `# Samples: 12K of event 'cycles'` begins the part of an event. */
const EVENT = /^# Samples: ([\d.]{1,20})([KMGTP]?)\s+of events? '([^']{1,200})'/;
const EVENT_COUNT = /^# Event count \(approx\.\): (\d{1,18})\s*$/;
const TITLES = /^# (?:Overhead|Children)\s/;
const RULER = /^#(?: +\.+)+\s*$/;
/** A row of the table: the share of the event's count, which a stack below it has a part of. */
const ROW = /^\s+(\d{1,3}\.\d{2})%\s/;
const STACK = /^(?:(\d{1,3}\.\d{2})%|(\d{1,18})) (\S.*)$/;
/** How a symbol was found: in the program, the kernel, a guest's kernel or program, the hypervisor. */
const PRIVILEGE = /^\[[.kguH]\] /;
const INLINED = / \(inlined\)$/;
const THOUSANDS = ["", "K", "M", "G", "T", "P"];
/** Software events that count time. */
const CLOCKS = new Set(["cpu-clock", "task-clock"]);

export function isPerfReport(input: Input): boolean {
  return input.isText && /^# Samples: .* of events? '.*\n(?:#.*\n)*# (?:Overhead|Children) /m.test(input.head);
}

/** A column of the table: its title, and where in a line it begins and ends. */
type Column = readonly [title: string, from: number, to: number];

/** What the report says of one event. */
interface Part {
  readonly event: string;
  /** How many samples there are, in thousands or more where there are many. */
  readonly samples: number;
  count: number;
  readonly rows: Row[];
}

/** A row of the table and the stacks below it. */
interface Row {
  readonly share: number;
  readonly symbol: string;
  readonly comm: string;
  readonly stacks: { readonly names: readonly string[]; readonly value: number; readonly isShare: boolean }[];
}

/**
 * Reads what `perf report --no-children -g folded` writes; callers stand last, or first with `caller`. Its numbers are shares
 * of the event's count, that count (`period`) or samples (`count`). Of a row, what is in no stack below it, such as stacks
 * below perf's limit of half a percent, is the row's function alone.
 */
export function readPerfReport(input: Input): Profile {
  const parts = readParts(input);
  const rows = parts.flatMap((part) => part.rows);
  const stacks = rows.flatMap((row) => row.stacks.map(({ names }) => ({ names, symbol: row.symbol })));
  const first = stacks.filter(({ names, symbol }) => names[0] === symbol).length;
  const isRootFirst = stacks.filter(({ names, symbol }) => names.at(-1) === symbol).length > first;
  const scales = parts.map(scaleOf);
  const types: ValueType[] = parts.map(({ event }, i) =>
    scales[i]!.isSamples
      ? { type: parts.length === 1 ? "samples" : event, unit: "count" }
      : { type: event, unit: CLOCKS.has(event) ? "nanoseconds" : "count" },
  );
  const out = new SymbolSamples(
    { sampleTypes: types, ...(types[0] === undefined ? {} : { periodType: types[0] }) },
    input.stackBytes,
  );
  parts.forEach((part, column) => {
    const { whole } = scales[column]!;
    const add = (names: readonly string[], value: number, labels: readonly LabelFields[]): void =>
      out.add(
        names.map((name) => out.named(name)),
        parts.map((_, i) => (i === column ? value : 0)),
        labels,
      );
    for (const { share, symbol, comm, stacks } of part.rows) {
      const labels = comm === "" ? [] : [{ key: "comm", value: comm }];
      let rest = Math.round((share * whole) / 100);
      for (const { names, value, isShare } of stacks) {
        const amount = isShare ? Math.round((value * whole) / 100) : value;
        rest -= amount;
        add(isRootFirst ? names.toReversed() : names, amount, labels);
      }
      // Each share is cut to a ten thousandth.
      if (rest > ((stacks.length + 1) * whole) / 20_000) add([symbol], rest, labels);
    }
  });
  return out.build();
}

/** What the whole of an event is, in the numbers of its stacks. */
function scaleOf({ samples, count, rows }: Part): { readonly whole: number; readonly isSamples: boolean } {
  const stacks = rows.flatMap((row) => row.stacks);
  const isShare = stacks.every((stack) => stack.isShare);
  const sum = stacks.reduce((all, { value }) => all + value, 0);
  // Which of the two it is, is told by nothing but what it adds up to.
  const isSamples = !isShare && Math.abs(Math.log(sum / samples)) < Math.abs(Math.log(sum / count));
  return { whole: isSamples ? samples : count, isSamples };
}

function readParts(input: Input): Part[] {
  const parts: Part[] = [];
  let titles = "";
  let columns: readonly Column[] = [];
  const lines = input.lines();
  while (lines.next()) {
    const { line } = lines;
    const part = parts.at(-1);
    if (line.startsWith("#") || line.trim() === "") {
      const [, amount, thousands, event] = EVENT.exec(line) ?? [];
      const count = EVENT_COUNT.exec(line)?.[1];
      if (line.includes(" of events '")) throw grouped();
      if (event !== undefined) {
        const samples = Number(amount) * 1000 ** THOUSANDS.indexOf(thousands!);
        parts.push({ event: event.replace(/:[a-zA-Z]*$/, ""), samples, count: samples, rows: [] });
      } else if (count !== undefined && part !== undefined) part.count = Number(count);
      else if (TITLES.test(line)) titles = line;
      else if (RULER.test(line)) columns = columnsOf(titles, line);
      continue;
    }
    const stack = STACK.exec(line);
    const row = part?.rows.at(-1);
    const share = ROW.exec(line)?.[1];
    if (stack !== null && row !== undefined) {
      const names = stack[3]!.split(";").map((name) => name.replace(INLINED, ""));
      row.stacks.push({ names, value: Number(stack[1] ?? stack[2]), isShare: stack[1] !== undefined });
    } else if (share !== undefined && part !== undefined) {
      if (columns[0]?.[0] === "Children") throw counted();
      part.rows.push({
        share: Number(share),
        symbol: symbolOf(line, columns),
        comm: cell(line, columns, "Command"),
        stacks: [],
      });
    } else if (/^\s*(?:\||--+)/.test(line)) throw drawn();
    else input.odd(`line ${lines.number} is no stack of perf report: ${quoteLine(line)}`);
  }
  return parts;
}

/** The columns of the table: below each title there is a line of dots as wide as the column. */
function columnsOf(titles: string, ruler: string): Column[] {
  const dots = Array.from(ruler.matchAll(/\.+/g));
  return dots.map(({ index }, i) => {
    const end = dots[i + 1]?.index ?? Number.POSITIVE_INFINITY;
    return [titles.slice(index, end).trim(), index, end];
  });
}

function cell(line: string, columns: readonly Column[], title: string): string {
  const [, from, to] = columns.find(([name]) => name === title) ?? ["", 0, 0];
  return line.slice(from, to).trim();
}

function symbolOf(line: string, columns: readonly Column[]): string {
  return (cell(line, columns, "Symbol") || cell(line, columns, columns.at(-1)?.[0] ?? ""))
    .replace(PRIVILEGE, "")
    .replace(INLINED, "");
}

function counted(): ProfileError {
  return new ProfileError(
    "a report of perf with children counts each stack several times: perf report --no-children -g folded has it once",
  );
}

function grouped(): ProfileError {
  return new ProfileError(
    "a report of perf on a group of events: perf report --no-group --no-children -g folded has one after the other",
  );
}

function drawn(): ProfileError {
  return new ProfileError(
    "a report of perf whose stacks are drawn: perf report --no-children -g folded writes them in lines, which are read",
  );
}
