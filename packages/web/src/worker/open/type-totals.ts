// Hot: what is summed are 64-bit integers, five million of each type in 10 ms as halves, where BigInts take 300.
// Bench: bench/src/pages.ts, "first picture ms".
import type { Profile } from "@pprof-ts/profile";
import { sampleIndexOf } from "@pprof-ts/report";
import { ofBase } from "./sides.ts";

/** For each sample type the sum of the sizes of its values; of a difference that of the base, where that has some. */
export function typeTotals(profile: Profile): readonly number[] {
  const isBase = ofBase(profile);
  return profile.samples.values.map((column) => {
    const base = isBase === undefined ? 0 : sumSizes(column, isBase);
    return base > 0 ? base : sumSizes(column, undefined);
  });
}

/** The type that pages open on: the profile's own choice or, where that has nothing, the last one that has something. */
export function openingType(profile: Profile, totals: readonly number[]): number {
  const usual = sampleIndexOf(profile, "");
  if (totals[usual] !== 0) return usual;
  const other = totals.findLastIndex((total) => total > 0);
  return other < 0 ? usual : other;
}

function sumSizes(column: BigInt64Array, mask: Uint8Array | undefined): number {
  const halves = new Int32Array(column.buffer, column.byteOffset, 2 * column.length);
  // Of little ends, as all that browsers run on have.
  let sum = 0;
  for (let i = 0; i < column.length; i++) {
    if (mask !== undefined && mask[i] === 0) continue;
    sum += Math.abs(halves[2 * i + 1]! * 2 ** 32 + (halves[2 * i]! >>> 0));
  }
  return sum;
}
