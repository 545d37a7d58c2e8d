// Hot: each of the 1,900 samples of a profile that is taken in, in 8 ms of processor time, passes here. See bench/src/fleet.ts.
import { VarintReader, VarintWriter } from "./varints.ts";

/** What a profile has of each row, every row once and in ascending order. */
export interface RowValues {
  readonly rows: Uint32Array;
  /** A column each. */
  readonly values: readonly Float64Array[];
}

/** The samples of a profile by row: those of the same row as one, without those that have nothing. */
export function rowValues(rows: Uint32Array, columns: readonly Float64Array[]): RowValues {
  const { length } = rows;
  // Sorted by row, and as the numbers that engines sort fastest.
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) keys[i] = rows[i]! * length + i;
  keys.sort();
  const into = new Uint32Array(length);
  const values = columns.map(() => new Float64Array(length));
  let count = 0;
  for (const key of keys) {
    const row = Math.floor(key / length);
    const sample = key - row * length;
    if (count === 0 || into[count - 1] !== row) into[count++] = row;
    for (let c = 0; c < columns.length; c++) values[c]![count - 1] = values[c]![count - 1]! + columns[c]![sample]!;
  }
  return withoutZeros({ rows: into.subarray(0, count), values: values.map((column) => column.subarray(0, count)) });
}

export function withoutZeros({ rows, values }: RowValues): RowValues {
  let kept = 0;
  const into = new Uint32Array(rows.length);
  const columns = values.map((column) => new Float64Array(column.length));
  for (let i = 0; i < rows.length; i++) {
    let isZero = true;
    for (let c = 0; c < values.length; c++) if (values[c]![i] !== 0) isZero = false;
    if (isZero) continue;
    into[kept] = rows[i]!;
    for (let c = 0; c < values.length; c++) columns[c]![kept] = values[c]![i]!;
    kept++;
  }
  return { rows: into.subarray(0, kept), values: columns.map((column) => column.subarray(0, kept)) };
}

/** Some bytes for each sample, so that profiles can wait in memory. */
export function encodeRowValues({ rows, values }: RowValues): Uint8Array {
  const w = new VarintWriter();
  w.uint(rows.length);
  for (let i = 0, last = 0; i < rows.length; i++) {
    w.uint(rows[i]! - last);
    last = rows[i]!;
    for (let c = 0; c < values.length; c++) w.int(values[c]![i]!);
  }
  return w.finish();
}

export function decodeRowValues(bytes: Uint8Array, columns: number): RowValues {
  const r = new VarintReader(bytes);
  const rows = new Uint32Array(r.uint());
  const values = Array.from({ length: columns }, () => new Float64Array(rows.length));
  for (let i = 0, last = 0; i < rows.length; i++) {
    last += r.uint();
    rows[i] = last;
    for (let c = 0; c < columns; c++) values[c]![i] = r.int();
  }
  return { rows, values };
}
