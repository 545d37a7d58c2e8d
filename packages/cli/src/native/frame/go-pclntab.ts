import { ByteReader } from "../dwarf/byte-reader.ts";
import type { ObjectImage } from "../image/object-image.ts";
import { once } from "../image/once.ts";
import type { SourceFrame } from "../image/source-frame.ts";
import { inlinedCalls } from "./go-inlined.ts";

/** Where a Go binary's program counters are in its sources. */
export interface GoLineTable {
  /** The function that holds this address of the file, innermost inlined function first; none for other addresses. */
  framesAt(address: bigint): readonly SourceFrame[];
}

/** First words of the tables since Go 1.16. */
const GO_1_16 = 0xfffffffa;
const GO_1_18 = 0xfffffff0;
const GO_1_20 = 0xfffffff1;

/** Which of a function's counters and of its data tell what is inlined. */
const INLINED_INDEX = 2;
const INLINED_TREE = 3;
const NONE = 0xffffffff;
const DEEPEST = 100;
const SAMPLED_TREES = 50;

/** The table that the Go linker writes for tracebacks, which stripping leaves in place; undefined where there is none. */
export function readGoLineTable(image: ObjectImage): GoLineTable | undefined {
  const bytes = image.section(".gopclntab") ?? image.section(".data.rel.ro.gopclntab");
  if (bytes === undefined || bytes.length < 72 || image.code === undefined) return undefined;
  const table = readHeader(new ByteReader(bytes, image.littleEndian), image.code);
  if (table === undefined) return undefined;
  const calls = once(() => inlinedCalls(image, bytes.subarray(table.names), sampledTrees(table)));
  return {
    framesAt(address) {
      const row = rowOf(table, address);
      // The last entry is where the text ends.
      if (row < 0 || (row === table.count - 1 && address >= entryOf(table, table.count))) return [];
      const fn = functionAt(table, row);
      let offset = Number(address - entryOf(table, row));
      const frames: SourceFrame[] = [];
      const frame = (name: number, startLine: number): SourceFrame => ({
        function: textAt(table, table.names + name),
        ...placeAt(table, fn, offset),
        column: 0,
        startLine,
      });
      const callAt = fn.inlinedTree === NONE || fn.inlinedIndex === 0 ? undefined : calls();
      // What is damaged may go in circles.
      for (let depth = 0; callAt !== undefined && depth < DEEPEST; depth++) {
        const index = counterAt(table, fn.inlinedIndex, offset);
        if (index < 0) break;
        const call = callAt(fn.inlinedTree, index);
        frames.push(frame(call.name, call.startLine));
        offset = call.parentOffset;
      }
      frames.push(frame(fn.name, fn.startLine));
      return frames;
    },
  };
}

/** What the table's header says. */
interface Header {
  readonly reader: ByteReader;
  readonly version: number;
  /** Of how many bytes an instruction's size is a multiple. */
  readonly quantum: number;
  /** How many functions there are. */
  readonly count: number;
  /** What the functions' addresses count from, and how many bytes one has. */
  readonly base: bigint;
  readonly fieldSize: number;
  /** Where these parts begin. */
  readonly names: number;
  readonly units: number;
  readonly files: number;
  readonly counters: number;
  readonly functions: number;
}

/** Reads the header; undefined where the table is of a version that is not known. `code` is where the text begins. */
function readHeader(reader: ByteReader, code: bigint): Header | undefined {
  const version = reader.u32();
  if (version !== GO_1_16 && version !== GO_1_18 && version !== GO_1_20) return undefined;
  reader.skip(2);
  const quantum = reader.u8();
  const pointerSize = reader.u8();
  const word = (): number => reader.unsigned(pointerSize);
  const count = word();
  word();
  // Since Go 1.18 functions count from the start of the text, which a linker may leave for the loader to fill in.
  const recorded = version === GO_1_16 ? 0 : word();
  const start = recorded === 0 ? code : BigInt(recorded);
  const isRelative = version !== GO_1_16;
  return {
    reader,
    version,
    quantum,
    count,
    base: isRelative ? start : 0n,
    fieldSize: isRelative ? 4 : pointerSize,
    names: word(),
    units: word(),
    files: word(),
    counters: word(),
    functions: word(),
  };
}

function textAt({ reader }: Header, at: number): string {
  return reader.from(at).string();
}

/** The address at which a function begins. */
function entryOf({ reader, functions, fieldSize, base }: Header, row: number): bigint {
  return base + BigInt(reader.from(functions + row * 2 * fieldSize).unsigned(fieldSize));
}

/** The last function that begins at or before this address, or -1. */
function rowOf(table: Header, address: bigint): number {
  let low = 0;
  let high = table.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entryOf(table, middle) <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The value that a table of counters has `offset` bytes into a function. */
function counterAt({ reader, counters, quantum }: Header, at: number, offset: number): number {
  const steps = reader.from(counters + at);
  let value = -1;
  for (let pc = 0; pc <= offset; ) {
    const delta = steps.uleb();
    if (delta === 0 && pc > 0) return -1;
    value += delta % 2 === 0 ? delta / 2 : -(delta + 1) / 2;
    pc += steps.uleb() * quantum;
  }
  return value;
}

interface GoFunction {
  /** Offsets of its name and of its counters. */
  readonly name: number;
  readonly file: number;
  readonly line: number;
  readonly unit: number;
  readonly startLine: number;
  readonly inlinedIndex: number;
  readonly inlinedTree: number;
}

function functionAt({ reader, version, functions, fieldSize }: Header, row: number): GoFunction {
  const record = reader.from(functions + (row * 2 + 1) * fieldSize).unsigned(fieldSize);
  const fields = reader.from(functions + record + fieldSize);
  const name = fields.i32();
  fields.skip(12);
  const [file, line, counterCount, unit] = [fields.u32(), fields.u32(), fields.u32(), fields.u32()];
  const startLine = version === GO_1_20 ? fields.i32() : 0;
  fields.skip(3);
  const dataCount = fields.u8();
  const indexes = fields.at + INLINED_INDEX * 4;
  const tree = fields.at + (counterCount + INLINED_TREE) * 4;
  return {
    name,
    file,
    line,
    unit,
    startLine,
    inlinedIndex: counterCount > INLINED_INDEX ? reader.from(indexes).u32() : 0,
    inlinedTree: version === GO_1_20 && dataCount > INLINED_TREE ? reader.from(tree).u32() : NONE,
  };
}

/** The line that an instruction is of, in whatever function is inlined there. */
function placeAt(table: Header, { file, line, unit }: GoFunction, offset: number): Pick<SourceFrame, "file" | "line"> {
  const number = counterAt(table, file, offset);
  // What the linker wrote itself is of no unit.
  const path = number < 0 || unit === NONE ? NONE : table.reader.from(table.units + (unit + number) * 4).u32();
  return {
    file: path === NONE ? "" : textAt(table, table.files + path),
    line: Math.max(counterAt(table, line, offset), 0),
  };
}

/** Where the first functions that have any have their inlined calls. */
function sampledTrees(table: Header): number[] {
  const sampled: number[] = [];
  for (let row = 0; row < table.count && sampled.length < SAMPLED_TREES; row++) {
    const { inlinedTree } = functionAt(table, row);
    if (inlinedTree !== NONE) sampled.push(inlinedTree);
  }
  return sampled;
}
