import { toNumbers } from "@pprof-ts/profile";

/**
 * A column of int64: as doubles, and beside them the exact values where some sum of the column may not fit a double.
 * What is printed goes through a double anyway; what is compared or added looks at `exact` first.
 */
export interface Int64Column {
  readonly numbers: Float64Array;
  readonly exact: BigInt64Array | undefined;
}

/** The column of these values, `exact` only where the sum of their sizes reaches 2^52. */
export function int64Column(values: BigInt64Array): Int64Column {
  const numbers = toNumbers(values);
  let size = 0;
  for (let i = 0; i < numbers.length; i++) size += Math.abs(numbers[i]!);
  return { numbers, exact: size < 2 ** 52 ? undefined : values };
}

export function exactColumn(exact: BigInt64Array): Int64Column {
  return { numbers: toNumbers(exact), exact };
}

/** Go's -x of the lowest int64 is itself. */
export function wrapAbs(value: bigint): bigint {
  return value < 0n ? BigInt.asIntN(64, -value) : value;
}

/** `value` cut to an int64 as Go's conversion from a float64 does on amd64: what does not fit becomes the lowest one. */
export function truncateToInt64(value: number): bigint {
  const whole = Math.trunc(value);
  return whole >= -(2 ** 63) && whole < 2 ** 63 ? BigInt(whole) : -(2n ** 63n);
}

/** Numbers that compare as the sizes of the values do: the sizes themselves, or ranks where those do not fit. */
export function magnitudes(column: Int64Column): Float64Array {
  const { numbers, exact } = column;
  if (exact === undefined) return numbers.map(Math.abs);
  const sizes = BigInt64Array.from(exact, wrapAbs);
  const sorted = sizes.slice().sort();
  const rank = new Map<bigint, number>();
  for (const size of sorted) if (!rank.has(size)) rank.set(size, rank.size);
  return Float64Array.from(sizes, (size) => rank.get(size)!);
}

/** The sum of these rows of a column, wrapped to an int64. */
export function sumOf(column: Int64Column, rows: ArrayLike<number>): bigint {
  const { numbers, exact } = column;
  if (exact === undefined) {
    let sum = 0;
    for (let i = 0; i < rows.length; i++) sum += numbers[rows[i]!]!;
    return BigInt(sum);
  }
  let sum = 0n;
  for (let i = 0; i < rows.length; i++) sum += exact[rows[i]!]!;
  return BigInt.asIntN(64, sum);
}

/** The value of a row divided by that of another column, as Go divides integers; undivided by 0 or nothing. */
export function quotient(column: Int64Column, divisor: Int64Column | undefined, row: number): number {
  const by = divisor?.numbers[row] ?? 0;
  if (by === 0) return column.numbers[row]!;
  if (column.exact === undefined && divisor!.exact === undefined) return Math.trunc(column.numbers[row]! / by);
  return Number(valueAt(column, row) / valueAt(divisor!, row));
}

export function valueAt(column: Int64Column, row: number): bigint {
  return column.exact === undefined ? BigInt(column.numbers[row]!) : column.exact[row]!;
}
