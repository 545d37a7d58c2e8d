import { VarintReader, VarintWriter } from "../columns/varints.ts";
import type { ProfileRows } from "./block.ts";

/** A profile before it is a row. */
export interface ProfileEntry {
  readonly shape: number;
  readonly slot: number;
  readonly series: number;
  readonly header: number;
  readonly millis: number;
  readonly sequence: number;
  readonly bytes: number;
  readonly scrapeMillis: number;
  readonly totals: ArrayLike<number>;
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  readonly period: bigint;
}

const NARROW = ["shape", "slot", "series", "header"] as const;
const NUMBERS = ["millis", "sequence", "bytes", "scrapeMillis"] as const;
const WIDE = ["timeNanos", "durationNanos", "period"] as const;

export function profileRows(entries: readonly ProfileEntry[]): ProfileRows {
  const columns = entries.reduce((most, { totals }) => Math.max(most, totals.length), 0);
  return {
    length: entries.length,
    ...pick(NARROW, (name) => Uint32Array.from(entries, (entry) => entry[name])),
    ...pick(NUMBERS, (name) => Float64Array.from(entries, (entry) => entry[name])),
    ...pick(WIDE, (name) => BigInt64Array.from(entries, (entry) => entry[name])),
    totals: Array.from({ length: columns }, (_, i) => Float64Array.from(entries, ({ totals }) => totals[i] ?? 0)),
  };
}

export function profileEntry(rows: ProfileRows, row: number): ProfileEntry {
  return {
    ...pick(NARROW, (name) => rows[name][row]!),
    ...pick(NUMBERS, (name) => rows[name][row]!),
    ...pick(WIDE, (name) => rows[name][row]!),
    totals: rows.totals.map((column) => column[row]!),
  };
}

/** As two parts: what timelines need, and the numbers of 64 bits. */
export function encodeProfileRows(rows: ProfileRows): { columns: Uint8Array; wide: Uint8Array } {
  const w = new VarintWriter();
  w.uint(rows.length);
  w.uint(rows.totals.length);
  for (const column of [...NARROW.map((name) => rows[name]), ...NUMBERS.map((name) => rows[name]), ...rows.totals]) {
    let last = 0;
    for (const value of column) {
      w.int(value - last);
      last = value;
    }
  }
  const wide = new BigInt64Array(WIDE.length * rows.length);
  WIDE.forEach((name, i) => {
    // Times and durations of neighbours differ by little.
    for (let row = 0; row < rows.length; row++)
      wide[i * rows.length + row] = rows[name][row]! - (rows[name][row - 1] ?? 0n);
  });
  return { columns: w.finish(), wide: new Uint8Array(wide.buffer) };
}

export function decodeProfileRows(columns: Uint8Array, wide: () => Uint8Array): ProfileRows {
  const r = new VarintReader(columns);
  const length = r.uint();
  const totals = r.uint();
  const read = <T extends Uint32Array | Float64Array>(column: T): T => {
    for (let row = 0, last = 0; row < length; row++) {
      last += r.int();
      column[row] = last;
    }
    return column;
  };
  const known = {
    length,
    ...pick(NARROW, () => read(new Uint32Array(length))),
    ...pick(NUMBERS, () => read(new Float64Array(length))),
    totals: Array.from({ length: totals }, () => read(new Float64Array(length))),
  };
  let all: BigInt64Array[] | undefined;
  const wideColumn = (i: number): BigInt64Array => {
    all ??= wideColumns(wide(), length);
    return all[i]!;
  };
  return {
    ...known,
    get timeNanos() {
      return wideColumn(0);
    },
    get durationNanos() {
      return wideColumn(1);
    },
    get period() {
      return wideColumn(2);
    },
  };
}

function wideColumns(bytes: Uint8Array, length: number): BigInt64Array[] {
  const all = new BigInt64Array(new Uint8Array(bytes).buffer);
  return WIDE.map((_, i) => {
    const column = all.subarray(i * length, (i + 1) * length);
    for (let row = 1; row < length; row++) column[row] = column[row]! + column[row - 1]!;
    return column;
  });
}

function pick<Name extends string, T>(names: readonly Name[], of: (name: Name) => T): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<Name, T>;
}
