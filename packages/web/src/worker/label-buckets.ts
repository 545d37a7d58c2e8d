import { scaledLabel } from "@pprof-ts/report";
import type { LabelValue } from "../session/protocol.ts";

/** With more different numbers than this, a label has buckets of them. */
const FEW = 12;

/** Numbers of a label put together, the smallest first: up to 16 kB, up to 32 kB and so on; undefined where there are few. */
export function labelBuckets(values: readonly LabelValue[]): readonly LabelValue[] | undefined {
  if (values.length <= FEW) return undefined;
  const numbers = values.map((value) => ({ ...rangeOf(value.range), value: value.value }));
  if (numbers.some(({ low }) => low === undefined)) return undefined;
  const unit = numbers[0]!.unit;
  const isBinary = /^(b|[kmgtp]i?b|bytes?)$/i.test(unit);
  const buckets = new Map<number, { low: number; high: number; value: number }>();
  for (const { low, high, value } of numbers) {
    const bucket = boundBelow(low!, isBinary);
    const known = buckets.get(bucket);
    if (known === undefined) buckets.set(bucket, { low: low!, high, value });
    else {
      known.low = Math.min(known.low, low!);
      known.high = Math.max(known.high, high);
      known.value += value;
    }
  }
  const text = (number: number): string => scaledLabel(number, unit, "auto");
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .map(([, { low, high, value }]) => ({
      name: text(low) === text(high) ? text(low) : `${text(low)} to ${text(high)}`,
      value,
      range: `${low}${unit}:${high}${unit}`,
    }));
}

/** Where the bucket of a number begins: at a power of two, or at 1, 2 or 5 times a power of ten. */
function boundBelow(number: number, isBinary: boolean): number {
  if (number === 0) return 0;
  const size = Math.abs(number);
  if (isBinary) return Math.sign(number) * 2 ** Math.floor(Math.log2(size));
  const power = 10 ** Math.floor(Math.log10(size));
  const times = [5, 2, 1].find((times) => times * power <= size) ?? 1;
  return Math.sign(number) * times * power;
}

/** The numbers that a value stands for, as a tag filter has them: `1536bytes:1537bytes`. */
function rangeOf(range: string | undefined): {
  readonly low: number | undefined;
  readonly high: number;
  readonly unit: string;
} {
  const [, low, unit = "", high] = /^(-?\d+)(\D*):(-?\d+)\D*$/.exec(range ?? "") ?? [];
  return { low: low === undefined ? undefined : Number(low), high: Number(high), unit };
}
