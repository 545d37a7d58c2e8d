import type { SourceFrame } from "./binaries.ts";
import { ByteReader } from "./dwarf/byte-reader.ts";
import { type Elf, readSection } from "./elf.ts";

/** Where a Go binary's program counters are in its sources. */
export interface GoLineTable {
  /** The function that holds this address of the file, without what is inlined into it; undefined for others. */
  frameAt(address: bigint): SourceFrame | undefined;
}

/** First words of the tables since Go 1.16. */
const GO_1_16 = 0xfffffffa;
const GO_1_18 = 0xfffffff0;
const GO_1_20 = 0xfffffff1;

/** The table that the Go linker writes for tracebacks, which stripping leaves in place; undefined where there is none. */
export function readGoLineTable(elf: Elf): GoLineTable | undefined {
  const bytes = readSection(elf, ".gopclntab") ?? readSection(elf, ".data.rel.ro.gopclntab");
  const text = elf.sections.find((section) => section.name === ".text");
  if (bytes === undefined || bytes.length < 72 || text === undefined) return undefined;
  const table = new ByteReader(bytes, elf.littleEndian);
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
  const start = recorded === 0 ? text.address : BigInt(recorded);
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

  return {
    frameAt(address) {
      const row = rowOf(address);
      // The last entry is where the text ends.
      if (row < 0 || (row === count - 1 && address >= entryOf(count))) return undefined;
      const entry = entryOf(row);
      const record = table.from(functions! + (row * 2 + 1) * fieldSize).unsigned(fieldSize);
      const fields = table.from(functions! + record + fieldSize);
      const name = textAt(names! + fields.i32());
      fields.skip(12);
      const fileCounters = fields.u32();
      const lineCounters = fields.u32();
      fields.skip(4);
      const unit = fields.u32();
      const startLine = version === GO_1_20 ? fields.i32() : 0;
      const offset = Number(address - entry);
      const fileNumber = counterAt(fileCounters, offset);
      const line = Math.max(counterAt(lineCounters, offset), 0);
      const file = fileNumber < 0 ? "" : textAt(files! + table.from(units! + (unit + fileNumber) * 4).u32());
      return { function: name, file, line, column: 0, startLine };
    },
  };
}
