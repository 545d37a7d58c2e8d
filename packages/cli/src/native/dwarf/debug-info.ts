import type { ObjectImage } from "../image/object-image.ts";
import type { SourceFrame } from "../image/source-frame.ts";
import { describe, type FunctionDescription, type FunctionEntry, readFunctions } from "./functions.ts";
import { type LineTable, readLineTable, rowAt } from "./line-table.ts";
import { type DebugSections, debugSections } from "./sections.ts";
import { type Range, readUnits, type Unit } from "./units.ts";

/** The DWARF debug information of a file. */
export interface DebugInfo {
  /** The frames at an address of the file, innermost inlined function first; none where nothing is known. */
  framesAt(address: bigint): SourceFrame[];
}

/** What is known of a unit, once an address in it was asked for. */
interface ReadUnit {
  /** The code of functions that stand by themselves, by its start. */
  readonly functions: readonly FunctionRange[];
  readonly inlined: ReadonlyMap<FunctionEntry, readonly FunctionEntry[]>;
  readonly lines: LineTable | undefined;
}

interface FunctionRange extends Range {
  readonly entry: FunctionEntry;
}

/** Reads versions 2 to 5; undefined where the file has none, or has it in other files. */
export function readDebugInfo(image: ObjectImage): DebugInfo | undefined {
  const sections = debugSections(image);
  if (sections === undefined) return undefined;
  const units = readUnits(sections);
  const ranges = inOrder(units.flatMap((unit) => unit.ranges.map((range) => ({ ...range, unit }))));
  const read = new Map<Unit, ReadUnit>();
  const described = new Map<number, FunctionDescription>();

  const readUnit = (unit: Unit): ReadUnit => {
    let known = read.get(unit);
    if (known === undefined) {
      known = { ...grouped(readFunctions(sections, unit)), lines: linesOf(sections, unit) };
      read.set(unit, known);
    }
    return known;
  };

  const description = (entry: FunctionEntry): FunctionDescription => {
    let known = described.get(entry.offset);
    if (known === undefined) {
      known = describe(sections, units, entry.offset);
      described.set(entry.offset, known);
    }
    return known;
  };

  return {
    framesAt(fileAddress) {
      const address = Number(fileAddress - sections.bias);
      const unit = holding(ranges, address)?.unit;
      if (unit === undefined) return [];
      const { functions, inlined, lines } = readUnit(unit);
      const row = lines === undefined ? -1 : rowAt(lines, address);
      let place = {
        file: lines === undefined || row < 0 ? "" : lines.path(lines.file[row]!),
        line: row < 0 ? 0 : lines!.line[row]!,
        column: row < 0 ? 0 : lines!.column[row]!,
      };
      const frames: SourceFrame[] = [];
      const outermost = holding(functions, address)?.entry;
      let entry = outermost && (innermost(inlined.get(outermost) ?? [], address) ?? outermost);
      for (; entry !== undefined; entry = entry.parent) {
        const { name, line } = description(entry);
        frames.push({ function: name, ...place, startLine: line });
        place = { file: lines?.path(entry.callFile) ?? "", line: entry.callLine, column: entry.callColumn };
      }
      if (frames.length === 0 && place.file !== "") frames.push({ function: "", ...place, startLine: 0 });
      return frames;
    },
  };
}

function linesOf(sections: DebugSections, unit: Unit): LineTable | undefined {
  if (unit.lines === undefined) return undefined;
  return readLineTable(sections, unit.lines, unit.directory, unit.addressSize);
}

function grouped(entries: readonly FunctionEntry[]): Pick<ReadUnit, "functions" | "inlined"> {
  const inlined = new Map<FunctionEntry, FunctionEntry[]>();
  const functions: FunctionRange[] = [];
  for (const entry of entries) {
    let root = entry;
    while (root.parent !== undefined) root = root.parent;
    if (root === entry) {
      for (const range of entry.ranges) functions.push({ ...range, entry });
    } else {
      const others = inlined.get(root);
      if (others === undefined) inlined.set(root, [entry]);
      else others.push(entry);
    }
  }
  return { functions: inOrder(functions), inlined };
}

function inOrder<R extends Range>(ranges: readonly R[]): R[] {
  return ranges.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
}

/** An entry comes after what it is inlined into, so the last one that holds the address is the innermost. */
function innermost(entries: readonly FunctionEntry[], address: number): FunctionEntry | undefined {
  return entries.findLast(({ ranges }) => ranges.some(({ start, end }) => start <= address && address < end));
}

/** Of ranges sorted by their start one that holds the address. */
function holding<R extends Range>(ranges: readonly R[], address: number): R | undefined {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.start <= address) low = middle + 1;
    else high = middle;
  }
  // A few ranges of other units may begin in between where a linker folded code.
  for (let i = low - 1; i >= 0 && i >= low - OVERLAPS; i--) if (address < ranges[i]!.end) return ranges[i];
  return undefined;
}

const OVERLAPS = 8;
