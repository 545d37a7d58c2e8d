import type { LabelFields } from "../../builder.ts";
import type { Profile, ValueType } from "../../profile.ts";
import { parseAddress } from "../build/address-samples.ts";
import type { Input } from "../build/input.ts";
import { quoteLine } from "../build/int64.ts";
import type { LineReader } from "../build/lines.ts";
import { isProgram } from "../build/memory-map.ts";
import { SymbolSamples, timestamp } from "../build/symbol-samples.ts";

/** `command pid/tid [cpu] misc seconds: period event: …`; any but the command and the pid may be left out. */
const EVENT =
  /^\s*(\S.{0,80}?)\s+(\d{1,15})(?:\/(\d{1,15}))?\s+(?:\[(\d{1,9})\]\s+)?(?:\S{1,9}\s+)?(\d{1,12})\.(\d{1,9}):(?:\s+(?:(\d{1,18})\s+)?([\w./:@{}-]{1,200}):(?=\s|$))?\s*(.*)$/;
const EVENT_WITHOUT_TIME =
  /^\s*(\S.{0,80}?)\s+(\d{1,15})(?:\/(\d{1,15}))?\s{1,80}(?:\[(\d{1,9})\]\s{0,80})?()()(?:(?:(\d{1,18})\s+)?([\w./:@{}-]{1,200}):(?=\s|$))?\s*()$/;
/** What `--show-mmap-events` and the like put between the samples. */
const RECORD = /:\s+PERF_RECORD_[A-Z]/;
const FRAME = /^\t\s*[\da-f]{1,16}(?:\s|$)/;
/** As tools write it that read perf's text and print it again; the name of a binary must follow, as text may be like this. */
const INDENTED_FRAME = /^ +[\da-f]{1,16} +\S/;
const ADDRESS = /^\s*([\da-f]{1,16})(?:\s+|$)/;
const DELETED = " (deleted)";
const OFFSET = /\+0x[\da-f]+$/;
/** The line of the frame above it, of `-F +srcline`, and what stands there where none is known. */
const SOURCE = /^\s+(\S.*):(\d{1,15})\s*$/;
const NO_SOURCE = /^\s+(?:\S.*\[[\da-f]{1,16}\]|\?\?:0)\s*$/;
const UNKNOWN = "[unknown]";
/** Software events that count time. */
const CLOCKS = new Set(["cpu-clock", "task-clock"]);

export function isPerfScript(input: Input): boolean {
  if (!input.isText) return false;
  const lines = input.head.split("\n").filter((text) => text.trim() !== "" && !text.startsWith("#"));
  const [, , , , , , , , event, rest] = EVENT.exec(lines[0] ?? "") ?? [];
  if (event !== undefined || RECORD.test(lines[0] ?? "")) return true;
  if (rest !== undefined && FRAME.test(`\t${rest}`)) return true;
  return (rest !== undefined || EVENT_WITHOUT_TIME.test(lines[0] ?? "")) && isFrame(lines[1] ?? "");
}

function isFrame(line: string): boolean {
  return FRAME.test(line) || (INDENTED_FRAME.test(line) && line.includes(" (") && line.trimEnd().endsWith(")"));
}

/** Samples that are equal but for their time. */
interface Row {
  readonly stack: readonly number[];
  readonly event: string;
  readonly labels: readonly LabelFields[];
  count: number;
  period: number;
}

/** Reads the text of `perf script`: a count, and for each event the sum of its periods; the task is `comm`, `pid` and `tid`. */
export function readPerfScript(input: Input): Profile {
  const frames = new PerfFrames();
  const rows = new Map<string, Row>();
  const events = new Set<string>();
  const lines = input.lines();
  let more = lines.next();
  while (more) {
    const line = lines.line;
    if (line.trim() === "" || line.startsWith("#") || RECORD.test(line)) {
      more = lines.next();
      continue;
    }
    const match = EVENT.exec(line) ?? EVENT_WITHOUT_TIME.exec(line);
    if (match === null) {
      input.odd(`line ${lines.number} is no event of perf script: ${quoteLine(line)}`);
      // What is indented below it is not told again.
      do more = lines.next();
      while (more && /^\s+\S/.test(lines.line) && !EVENT.test(lines.line));
      continue;
    }
    const [, comm, pid, tid, , seconds, fraction, period, name, rest] = match;
    const event = name?.replace(/:[a-zA-Z]*$/, "") ?? "";
    if (event !== "") events.add(event);
    if (period === undefined) frames.withoutPeriod.add(event);
    // What a tracepoint says of itself may begin like an address.
    const frame = event === "" || rest!.endsWith(")") ? frames.read(rest!) : undefined;
    const stack = frame === undefined ? [] : [frame];
    more = readStack(input, lines, frames, stack);
    const labels: LabelFields[] = [
      { key: "comm", value: comm! },
      { key: "pid", value: Number(pid) },
      { key: "tid", value: Number(tid ?? pid) },
    ];
    let key = `${event}|${comm}|${pid}|${tid}|${stack.join()}`;
    if (input.timestamps && seconds !== "") {
      const value = BigInt(seconds!) * 1000000000n + BigInt(fraction!.padEnd(9, "0"));
      labels.push(timestamp(value));
      key += `|${rows.size}`;
    }
    const row = rows.get(key);
    if (row === undefined) rows.set(key, { stack, event, labels, count: 1, period: Number(period ?? 1) });
    else {
      row.count++;
      row.period += Number(period ?? 1);
    }
  }
  return frames.profile([...events], rows.values(), input.stackBytes);
}

/** Reads the frames up to an empty line or the next event; false at the end. */
function readStack(input: Input, lines: LineReader, frames: PerfFrames, stack: number[]): boolean {
  // An event with its only frame beside it is followed by others, which are indented.
  const isFlat = stack.length > 0;
  while (lines.next()) {
    const { line } = lines;
    if (line.trim() === "") {
      // Some print an empty line below the header, too.
      if (stack.length === 0) continue;
      return true;
    }
    if (!/^\s/.test(line) || ((isFlat || !line.startsWith("\t")) && EVENT.test(line))) return true;
    const location = frames.read(line);
    if (location !== undefined) {
      stack.push(location);
      continue;
    }
    if (NO_SOURCE.test(line)) continue;
    const source = SOURCE.exec(line);
    if (source !== null && stack.length > 0)
      stack[stack.length - 1] = frames.at(stack.at(-1)!, source[1]!, Number(source[2]));
    else if (source === null) {
      input.odd(`line ${lines.number} is no frame of perf script: ${quoteLine(line)}`);
    }
  }
  return false;
}

interface PerfFrame {
  readonly name: string;
  readonly binary: string;
  readonly address: bigint;
  readonly filename: string;
  readonly line: number;
}

/** The frames seen so far; their rows become locations when the events, and so the sample types, are known. */
class PerfFrames {
  /** Events of which some come without a period: one each, whatever the event counts. */
  readonly withoutPeriod = new Set<string>();
  readonly #frames: PerfFrame[] = [];
  readonly #rows = new Map<string, number>();

  /** The row of the frame on this line, if it is one: `address symbol+0xoffset (binary)`, of which the last two may be missing. */
  read(line: string): number | undefined {
    const known = this.#rows.get(line);
    if (known !== undefined) return known;
    const [start, address] = ADDRESS.exec(line) ?? ["", ""];
    const end = line.trimEnd();
    if (address === "") return undefined;
    // Both may hold parentheses, the binary only in this one way.
    const open = end.lastIndexOf(" (", end.length - (end.endsWith(`${DELETED})`) ? DELETED.length + 2 : 1));
    const hasBinary = end.endsWith(")") && open >= start.length - 1;
    const symbol = end.slice(start.length, hasBinary ? open : undefined).trim();
    const binary = hasBinary ? end.slice(open + 2, -1) : "";
    const inlined = binary === "inlined";
    return this.#add(line, {
      name: symbol.replace(OFFSET, ""),
      binary: inlined ? "" : binary,
      address: inlined ? 0n : BigInt(parseAddress(`0x${address}`)),
      filename: "",
      line: 0,
    });
  }

  /** The row of the same frame at a line of a file. */
  at(row: number, filename: string, line: number): number {
    const key = `${row} ${filename}:${line}`;
    return this.#rows.get(key) ?? this.#add(key, { ...this.#frames[row]!, filename, line });
  }

  #add(key: string, frame: PerfFrame): number {
    const row = this.#frames.push(frame) - 1;
    this.#rows.set(key, row);
    return row;
  }

  profile(events: readonly string[], rows: Iterable<Row>, stackBytes: number): Profile {
    const types: ValueType[] = events.map((type) => ({
      type,
      unit: CLOCKS.has(type) && !this.withoutPeriod.has(type) ? "nanoseconds" : "count",
    }));
    const out = new SymbolSamples(
      {
        sampleTypes: [{ type: "samples", unit: "count" }, ...types],
        ...(types[0] === undefined ? {} : { periodType: types[0] }),
        defaultSampleType: types[0]?.type ?? "",
      },
      stackBytes,
    );
    const mappings = new Map<string, number>();
    const mappingOf = (binary: string): number => {
      let row = mappings.get(binary);
      if (row === undefined) {
        row = out.mapping({ filename: binary });
        mappings.set(binary, row);
      }
      return row;
    };
    // The first mapping is taken for the program.
    const main = this.#frames.find(({ binary }) => isProgram(binary));
    if (main !== undefined) mappingOf(main.binary);
    const locations = this.#frames.map(({ name, binary, address, filename, line }) => {
      const mapping = mappingOf(binary === UNKNOWN ? "" : binary);
      return name === UNKNOWN || name === ""
        ? out.address(address, mapping)
        : out.location({ name, address, mapping, filename, line });
    });
    for (const { stack, event, labels, count, period } of rows) {
      const values = events.map((name) => (name === event ? period : 0));
      out.add(
        stack.map((row) => locations[row]!),
        [count, ...values],
        labels,
      );
    }
    return out.build();
  }
}
