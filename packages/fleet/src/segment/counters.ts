import { decodeRowValues, encodeRowValues, type RowValues } from "../columns/sample-code.ts";
import type { Labels } from "../store/labels.ts";
import { COUNTER_MILLIS } from "../store/value-kind.ts";
import type { Shape } from "./block.ts";

/** The most that each row of a process's counters has had since the process began, and what all had together at last. */
export interface CounterState {
  /** When the last profile of them was received. */
  readonly millis: number;
  readonly totals: readonly number[];
  /** As `encodeRowValues` has them: those of the counters alone. */
  readonly rows: Uint8Array;
}

/** Counters that count from a process's start: whose they are, and what they have been. */
export interface Counter {
  readonly labels: Labels;
  readonly shape: Shape;
  readonly columns: readonly number[];
  readonly state: CounterState;
}

/** The counters with the rows of other symbols. */
export function movedCounter(counter: Counter, rows: { row(row: number): number }): Counter {
  const { columns, state } = counter;
  const old = decodeRowValues(state.rows, columns.length);
  const order = Array.from(old.rows, (row, i) => [rows.row(row), i] as const).sort(([a], [b]) => a - b);
  const moved = {
    rows: Uint32Array.from(order, ([row]) => row),
    values: old.values.map((column) => Float64Array.from(order, ([, i]) => column[i]!)),
  };
  return { ...counter, state: { ...state, rows: encodeRowValues(moved) } };
}

/**
 * What counters that count from a process's start have more than before. The first of a process says nothing, so it has zeros; where
 * all counters together have fallen the process has begun anew, and what they have is what is new.
 */
export function differences(
  last: CounterState | undefined,
  { rows, values }: RowValues,
  columns: readonly number[],
  millis: number,
): { now: RowValues; state: CounterState } {
  const before = last !== undefined && millis - last.millis <= COUNTER_MILLIS ? last : undefined;
  const totals = columns.map((column) => values[column]!.reduce((sum, value) => sum + value, 0));
  const hasBegunAnew = before !== undefined && totals.every((total, i) => total < before.totals[i]!);
  const old =
    before === undefined || hasBegunAnew
      ? { rows: new Uint32Array(0), values: columns.map(() => new Float64Array(0)) }
      : decodeRowValues(before.rows, columns.length);
  const room = rows.length + old.rows.length;
  const most = { rows: new Uint32Array(room), values: columns.map(() => new Float64Array(room)) };
  const now = values.map((column, i) => (columns.includes(i) ? new Float64Array(column.length) : column));
  let count = 0;
  for (let i = 0, j = 0; i < rows.length || j < old.rows.length; count++) {
    const row = Math.min(rows[i] ?? Number.POSITIVE_INFINITY, old.rows[j] ?? Number.POSITIVE_INFINITY);
    const isNow = rows[i] === row;
    const wasBefore = old.rows[j] === row;
    most.rows[count] = row;
    columns.forEach((column, c) => {
      const was = wasBefore ? old.values[c]![j]! : 0;
      const value = isNow ? Math.max(values[column]![i]!, was) : was;
      most.values[c]![count] = value;
      if (isNow && before !== undefined) now[column]![i] = value - was;
    });
    if (isNow) i++;
    if (wasBefore) j++;
  }
  const state = encodeRowValues({
    rows: most.rows.subarray(0, count),
    values: most.values.map((column) => column.subarray(0, count)),
  });
  return { now: { rows, values: now }, state: { millis, totals, rows: state } };
}
