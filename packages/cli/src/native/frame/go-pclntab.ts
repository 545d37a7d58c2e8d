import { ByteReader } from "../dwarf/byte-reader.ts";
import type { ObjectImage } from "../image/image.ts";
import { once } from "../image/once.ts";
import type { SourceFrame } from "./binaries.ts";
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
  const table = new ByteReader(bytes, image.littleEndian);
  const version = table.u32();
  if (version !== GO_1_16 && version !== GO_1_18 && version !== GO_1_20) return undefined;
  table.skip(2);
  const quantum = table.u8();
  const pointerSize = table.u8();
  const word = (): number => table.unsigned(pointerSize);
  const count = word();
  word();
  // Since Go 1.18 functions count from the start of the text, which a linker may leave for the loader to fill in.
  const recorded = version === GO_1_16 ? 0 : word();
  const start = recorded === 0 ? image.code : BigInt(recorded);
  const [names, units, files, counters, functions] = [word(), word(), word(), word(), word()];
  const isRelative = version !== GO_1_16;
  const fieldSize = isRelative ? 4 : pointerSize;
  const base = isRelative ? start : 0n;
  const textAt = (at: number): string => table.from(at).string();
  const entryOf = (row: number): bigint =>
    base + BigInt(table.from(functions! + row * 2 * fieldSize).unsigned(fieldSize));

  const rowOf = (address: bigint): number => {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (entryOf(middle) <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };

  /** The value that a table of counters has `offset` bytes into a function. */
  const counterAt = (at: number, offset: number): number => {
    const reader = table.from(counters! + at);
    let value = -1;
    for (let pc = 0; pc <= offset; ) {
      const delta = reader.uleb();
      if (delta === 0 && pc > 0) return -1;
      value += delta % 2 === 0 ? delta / 2 : -(delta + 1) / 2;
      pc += reader.uleb() * quantum;
    }
    return value;
  };

  const functionAt = (row: number): GoFunction => {
    const record = table.from(functions! + (row * 2 + 1) * fieldSize).unsigned(fieldSize);
    const fields = table.from(functions! + record + fieldSize);
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
      inlinedIndex: counterCount > INLINED_INDEX ? table.from(indexes).u32() : 0,
      inlinedTree: version === GO_1_20 && dataCount > INLINED_TREE ? table.from(tree).u32() : NONE,
    };
  };

  /** The line that an instruction is of, in whatever function is inlined there. */
  const placeAt = ({ file, line, unit }: GoFunction, offset: number): Pick<SourceFrame, "file" | "line"> => {
    const number = counterAt(file, offset);
    // What the linker wrote itself is of no unit.
    const path = number < 0 || unit === NONE ? NONE : table.from(units! + (unit + number) * 4).u32();
    return {
      file: path === NONE ? "" : textAt(files! + path),
      line: Math.max(counterAt(line, offset), 0),
    };
  };

  const calls = once(() => {
    const sampled: number[] = [];
    for (let row = 0; row < count && sampled.length < SAMPLED_TREES; row++) {
      const { inlinedTree } = functionAt(row);
      if (inlinedTree !== NONE) sampled.push(inlinedTree);
    }
    return inlinedCalls(image, bytes.subarray(names!), sampled);
  });

  return {
    framesAt(address) {
      const row = rowOf(address);
      // The last entry is where the text ends.
      if (row < 0 || (row === count - 1 && address >= entryOf(count))) return [];
      const fn = functionAt(row);
      let offset = Number(address - entryOf(row));
      const frames: SourceFrame[] = [];
      const callAt = fn.inlinedTree === NONE || fn.inlinedIndex === 0 ? undefined : calls();
      // What is damaged may go in circles.
      for (let depth = 0; callAt !== undefined && depth < DEEPEST; depth++) {
        const index = counterAt(fn.inlinedIndex, offset);
        if (index < 0) break;
        const call = callAt(fn.inlinedTree, index);
        frames.push({
          function: textAt(names! + call.name),
          ...placeAt(fn, offset),
          column: 0,
          startLine: call.startLine,
        });
        offset = call.parentOffset;
      }
      frames.push({ function: textAt(names! + fn.name), ...placeAt(fn, offset), column: 0, startLine: fn.startLine });
      return frames;
    },
  };
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
