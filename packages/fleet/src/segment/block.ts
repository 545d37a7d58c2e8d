import type { ValueType } from "@pprof-ts/profile";
import type { RowSums } from "../columns/row-sums.ts";
import type { Symbols } from "../columns/symbols.ts";
import type { Labels } from "../store/labels.ts";
import type { Failure } from "../store/store.ts";

/** Profiles that have their columns in common: of one name, with the same sample types. */
export interface Shape {
  readonly name: string;
  readonly sampleTypes: readonly ValueType[];
  readonly periodType: ValueType | undefined;
}

/** What profiles say of themselves and mostly have in common. Variants are those of mappings in the block's symbols. */
export interface Header {
  readonly defaultSampleType: string;
  readonly dropFrames: string;
  readonly keepFrames: string;
  readonly docUrl: string;
  readonly comments: readonly string[];
  /** The profile's first mapping, which stands for the program; -1 where it has none. */
  readonly main: number;
  /** Those that its samples use. */
  readonly variants: readonly number[];
}

/** One row a profile, in the order in which they were appended. */
export interface ProfileRows {
  readonly length: number;
  readonly shape: Uint32Array;
  /** Which of those of its shape it is. */
  readonly slot: Uint32Array;
  readonly series: Uint32Array;
  readonly header: Uint32Array;
  readonly millis: Float64Array;
  /** Counts all that the store was given: what was appended first is smaller. */
  readonly sequence: Float64Array;
  readonly bytes: Float64Array;
  readonly scrapeMillis: Float64Array;
  /** `totals[column][profile]`: the sum of all samples. */
  readonly totals: readonly Float64Array[];
  readonly timeNanos: BigInt64Array;
  readonly durationNanos: BigInt64Array;
  readonly period: BigInt64Array;
}

/**
 * The samples of all profiles of a shape, row by row: row `rows[i]` of the symbols has values in `counts[i]` profiles, whose slots and
 * values stand one after the other. Within a row slots are the difference to the one before, and so are values.
 */
export interface ShapeSamples {
  /** In ascending order. */
  readonly rows: Uint32Array;
  readonly counts: Uint32Array;
  readonly slots: Uint8Array;
  readonly values: readonly Uint8Array[];
}

/** What functions have in all profiles of a shape. */
export interface FunctionSums {
  readonly names: readonly string[];
  /** `flat[column][i]` is what function `names[i]` has itself. */
  readonly flat: readonly Float64Array[];
  readonly cum: readonly Float64Array[];
  /** Of all samples, by column. */
  readonly totals: readonly number[];
}

/** Some profiles and failures of one service, in memory or in a file. */
export interface Block {
  readonly tenant: string;
  readonly service: string;
  /** What an answer calls it when it cannot be read. */
  readonly label: string;
  /** The times of the first and the last profile or failure. */
  readonly firstMillis: number;
  readonly lastMillis: number;
  readonly series: readonly Labels[];
  readonly shapes: readonly Shape[];
  readonly headers: readonly Header[];
  profiles(): ProfileRows;
  failures(): readonly Failure[];
  symbols(): Symbols;
  samples(shape: number): ShapeSamples;
  /** What rows have in the profiles whose slot has a 1, or in all. */
  sums(shape: number, kept: Uint8Array | undefined): RowSums;
  /** Of all profiles. */
  functionSums(shape: number): FunctionSums;
}
