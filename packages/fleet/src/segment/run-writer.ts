import { ExactSums, type RowSums } from "../columns/row-sums.ts";
import { VarintReader, VarintWriter } from "../columns/varints.ts";
import type { ShapeSamples } from "./block.ts";
import type { WrittenShape } from "./segment-content.ts";

/** Writes `ShapeSamples` row by row, with the sums of each. */
export class RunWriter {
  readonly #rows: number[] = [];
  readonly #counts: number[] = [];
  readonly #slots = new VarintWriter();
  readonly #values: VarintWriter[];
  readonly #sums: number[][];
  #areSumsExact = true;
  #count = 0;
  #lastSlot = 0;
  readonly #last: Float64Array;
  readonly #sum: Float64Array;

  constructor(columns: number) {
    this.#values = Array.from({ length: columns }, () => new VarintWriter());
    this.#sums = Array.from({ length: columns }, () => []);
    this.#last = new Float64Array(columns);
    this.#sum = new Float64Array(columns);
  }

  /** A value of the row that `end` will name; slots ascend. `column` by `column`, the first with the slot. */
  slot(slot: number): void {
    this.#slots.uint(slot - this.#lastSlot);
    this.#lastSlot = slot;
    this.#count++;
  }

  value(column: number, value: number): void {
    this.#values[column]!.int(value - this.#last[column]!);
    this.#last[column] = value;
    this.#sum[column] = this.#sum[column]! + value;
  }

  end(row: number): void {
    if (this.#count === 0) return;
    this.#rows.push(row);
    this.#counts.push(this.#count);
    for (let c = 0; c < this.#sum.length; c++) {
      const sum = this.#sum[c]!;
      if (Math.abs(sum) > 2 ** 52) this.#areSumsExact = false;
      this.#sums[c]!.push(sum);
      this.#sum[c] = 0;
      this.#last[c] = 0;
    }
    this.#count = 0;
    this.#lastSlot = 0;
  }

  /** Sums are left out where they are not exact. */
  finish(): WrittenShape {
    const samples = {
      rows: Uint32Array.from(this.#rows),
      counts: Uint32Array.from(this.#counts),
      slots: this.#slots.finish(),
      values: this.#values.map((writer) => writer.finish()),
    };
    return { samples, sums: this.#areSumsExact ? this.#sums.map((sums) => Float64Array.from(sums)) : undefined };
  }
}

/** What rows have in the profiles whose slot has a 1, or in all. */
export function sumRuns({ rows, counts, slots, values }: ShapeSamples, kept: Uint8Array | undefined): RowSums {
  return { rows, columns: values.map((column) => sumColumn(counts, slots, column, kept)) };
}

function sumColumn(
  counts: Uint32Array,
  slots: Uint8Array,
  values: Uint8Array,
  kept: Uint8Array | undefined,
): ExactSums {
  const sums = new ExactSums(counts.length);
  const slot = new VarintReader(slots);
  const value = new VarintReader(values);
  for (let row = 0; row < counts.length; row++) {
    let at = 0;
    let last = 0;
    for (let left = counts[row]!; left > 0; left--) {
      last += value.int();
      if (kept !== undefined) {
        at += slot.uint();
        if (kept[at] === 0) continue;
      }
      sums.add(row, last);
    }
  }
  return sums;
}
