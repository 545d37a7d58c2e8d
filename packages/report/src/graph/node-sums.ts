import { exactColumn, type Int64Column } from "../go/int64.ts";
import { CALLERS, type EdgeRoom, EdgeRows, type WantedEdges } from "./edge-rows.ts";
import { sumStackEdges, sumStackNodes } from "./stack-kernel.ts";
import type { Walk } from "./walk.ts";

/** By node, its flat value, which is its own, and its cum value, which is that of all stacks that it is in, each counted once. */
export interface NodeSums {
  readonly flat: Int64Column;
  readonly cum: Int64Column;
}

/** Of a walk, also what the stacks have that go through each location of several nodes, by its place in `lists`. */
export interface WalkSums extends NodeSums {
  readonly several: Int64Column;
}

/** Calls: a row for each pair of nodes of which the first calls the second. */
export interface Edges {
  readonly length: number;
  readonly src: Int32Array;
  readonly dst: Int32Array;
  readonly weight: Int64Column;
  /** What `weight` is to be divided by for a mean. */
  readonly divisor: Int64Column | undefined;
  /** 1 where the call goes by way of nodes that have been removed. */
  readonly residual: Uint8Array;
  /** 1 where every one of these calls has been inlined. */
  readonly inline: Uint8Array;
}

/** The sums of all nodes. */
export function sumNodes(walk: Walk, values: Int64Column): WalkSums {
  const [flat, cum, several] = inParts(values, (part) => sumStackNodes(walk, part));
  return { flat: flat!, cum: cum!, several: several! };
}

/** The edges that are `wanted`, all where it is undefined. */
export function sumEdges(
  walk: Walk,
  values: Int64Column,
  divisors: Int64Column | undefined,
  wanted?: WantedEdges,
  room?: EdgeRoom,
): Edges {
  const rows = new EdgeRows(wanted ?? new Uint8Array(walk.nodeCount).fill(CALLERS), room);
  const sum = (column: Int64Column): Int64Column => inParts(column, (part) => [sumStackEdges(walk, part, rows)])[0]!;
  const weight = sum(values);
  const divisor = divisors && sum(divisors);
  return { ...rows.finish(), weight, divisor };
}

/**
 * Sums of a column by a kernel that adds doubles. Where those could lose bits the kernel runs over three parts of each
 * value, 22 bits wide, and the sums are put together as int64s: adding is linear.
 */
function inParts(values: Int64Column, kernel: (part: Float64Array) => Float64Array[]): Int64Column[] {
  const { numbers, exact } = values;
  if (exact === undefined) return kernel(numbers).map((sums) => ({ numbers: sums, exact: undefined }));
  const low = new Float64Array(exact.length);
  const middle = new Float64Array(exact.length);
  const high = new Float64Array(exact.length);
  for (let i = 0; i < exact.length; i++) {
    low[i] = Number(exact[i]! & 0x3fffffn);
    middle[i] = Number((exact[i]! >> 22n) & 0x3fffffn);
    high[i] = Number(exact[i]! >> 44n);
  }
  const parts = [low, middle, high].map(kernel);
  return parts[0]!.map((_, k) => {
    const [lows, middles, highs] = parts.map((sums) => sums[k]!) as [Float64Array, Float64Array, Float64Array];
    const whole = new BigInt64Array(lows.length);
    for (let i = 0; i < whole.length; i++) {
      whole[i] = BigInt(lows[i]!) + (BigInt(middles[i]!) << 22n) + (BigInt(highs[i]!) << 44n);
    }
    return exactColumn(whole);
  });
}
