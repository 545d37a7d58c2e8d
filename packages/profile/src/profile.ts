import type { SharedStacks } from "./shared-stacks.ts";
import type { StringTable } from "./strings.ts";

/** What a column of values means: a type such as `cpu` and its unit such as `nanoseconds`. */
export interface ValueType {
  readonly type: string;
  readonly unit: string;
}

/** More sample types than any producer has, and few enough that a column for each cannot exhaust memory. */
export const MAX_SAMPLE_TYPES = 10_000;

/**
 * A profile.proto message as immutable columns.
 *
 * Tables refer to each other by row number, never by id; `-1` stands for "none". Text is a row of `strings`, whose row 0
 * is the empty string. Columns are shared between the profiles that operations derive from each other: never write to one.
 * Bytes in the texts here that are not UTF-8 are lone surrogates, U+DC80 to U+DCFF, from which they are written again.
 * int64 and uint64 fields are BigInt columns, exact to the bit; `toNumbers` turns a column of values into doubles.
 */
export interface Profile {
  readonly sampleTypes: readonly ValueType[];
  /** The type shown when none is asked for; "" where the profile names none (then it is the last one). */
  readonly defaultSampleType: string;
  readonly samples: SampleTable;
  readonly mappings: MappingTable;
  readonly locations: LocationTable;
  readonly functions: FunctionTable;
  readonly strings: StringTable;
  /** Frames to drop or to keep, as regular expressions on function names; "" for none. */
  readonly dropFrames: string;
  readonly keepFrames: string;
  /** Nanoseconds since 1970; 0n where unknown. */
  readonly timeNanos: bigint;
  readonly durationNanos: bigint;
  /** What is counted between two samples, and how much of it. */
  readonly periodType: ValueType | undefined;
  readonly period: bigint;
  readonly comments: readonly string[];
  readonly docUrl: string;
  /** Fields this version does not know, as they came. */
  readonly unknownFields: Uint8Array;
}

/** Unknown fields of single rows, by row number. */
export type UnknownRows = ReadonlyMap<number, Uint8Array>;

/** One row a sample: a stack, a value for each sample type, and labels. */
export interface SampleTable {
  readonly length: number;
  /** Sample i's stack is `locations[locationStart[i]]` up to but without `locations[locationStart[i + 1]]`, leaf first. */
  readonly locationStart: Uint32Array;
  readonly locations: Uint32Array;
  /** The same stacks as what they do not share, where they have been read so (`sharesStacks`). */
  readonly shared?: SharedStacks | undefined;
  /** `values[t][i]` is sample i's value of `sampleTypes[t]`. */
  readonly values: readonly BigInt64Array[];
  /** Sample i's labels are the rows `labelStart[i]` up to but without `labelStart[i + 1]` of `labels`. */
  readonly labelStart: Uint32Array;
  readonly labels: LabelTable;
  readonly unknownFields: UnknownRows;
}

/** One row a label: `key` = `str` where `str` is not row 0, else the number `num` in the unit `numUnit`. */
export interface LabelTable {
  readonly length: number;
  readonly key: Uint32Array;
  readonly str: Uint32Array;
  readonly num: BigInt64Array;
  readonly numUnit: Uint32Array;
  readonly unknownFields: UnknownRows;
}

/** One row a mapped file: a binary, a shared object, a script. */
export interface MappingTable {
  readonly length: number;
  readonly id: BigUint64Array;
  readonly start: BigUint64Array;
  readonly limit: BigUint64Array;
  readonly offset: BigUint64Array;
  readonly filename: Uint32Array;
  readonly buildId: Uint32Array;
  /** 1 where the mapping's locations are symbolized that far. */
  readonly hasFunctions: Uint8Array;
  readonly hasFilenames: Uint8Array;
  readonly hasLineNumbers: Uint8Array;
  readonly hasInlineFrames: Uint8Array;
  readonly unknownFields: UnknownRows;
}

/** One row an address, with the lines it stands for: innermost inlined function first, its callers after it. */
export interface LocationTable {
  readonly length: number;
  readonly id: BigUint64Array;
  /** A row of `mappings`, or -1. */
  readonly mapping: Int32Array;
  readonly address: BigUint64Array;
  readonly isFolded: Uint8Array;
  /** Location i's lines are the rows `lineStart[i]` up to but without `lineStart[i + 1]` of `lines`. */
  readonly lineStart: Uint32Array;
  readonly lines: LineTable;
  readonly unknownFields: UnknownRows;
}

export interface LineTable {
  readonly length: number;
  /** A row of `functions`, or -1. */
  readonly function: Int32Array;
  readonly line: BigInt64Array;
  readonly column: BigInt64Array;
  readonly unknownFields: UnknownRows;
}

export interface FunctionTable {
  readonly length: number;
  readonly id: BigUint64Array;
  readonly name: Uint32Array;
  readonly systemName: Uint32Array;
  readonly filename: Uint32Array;
  readonly startLine: BigInt64Array;
  readonly unknownFields: UnknownRows;
}

/** A column as doubles: exact where every value lies within ±2^53, else the nearest double. */
export function toNumbers(column: BigInt64Array): Float64Array {
  const words = new Int32Array(column.buffer, column.byteOffset, column.length * 2);
  const numbers = new Float64Array(column.length);
  for (let i = 0; i < numbers.length; i++) numbers[i] = words[2 * i + 1]! * 4294967296 + (words[2 * i]! >>> 0);
  return numbers;
}
