import { ProfileError } from "./error.ts";
import { grown } from "./grown.ts";
import { MAX_SAMPLE_TYPES, type Profile, type ValueType } from "./profile.ts";
import { StringTable } from "./strings.ts";

/** What a profile says of itself beside its tables; what is left out is empty or zero. */
export interface ProfileHeader {
  readonly sampleTypes: readonly ValueType[];
  readonly defaultSampleType?: string;
  readonly periodType?: ValueType;
  readonly period?: number | bigint;
  /** Nanoseconds since 1970. */
  readonly timeNanos?: bigint;
  readonly durationNanos?: number | bigint;
  readonly dropFrames?: string;
  readonly keepFrames?: string;
  readonly comments?: readonly string[];
  readonly docUrl?: string;
}

export interface MappingFields {
  readonly start?: bigint;
  readonly limit?: bigint;
  readonly offset?: bigint;
  readonly filename?: string;
  readonly buildId?: string;
  readonly hasFunctions?: boolean;
  readonly hasFilenames?: boolean;
  readonly hasLineNumbers?: boolean;
  readonly hasInlineFrames?: boolean;
}

export interface FunctionFields {
  readonly name: string;
  /** Default: none. Go's tools expect the name before demangling here. */
  readonly systemName?: string;
  readonly filename?: string;
  readonly startLine?: number;
}

export interface LineFields {
  /** A row that `ProfileBuilder.function` returned. */
  readonly function: number;
  readonly line?: number;
  readonly column?: number;
}

export interface LocationFields {
  /** A row that `ProfileBuilder.mapping` returned. */
  readonly mapping?: number;
  readonly address?: bigint;
  /** Innermost inlined function first. */
  readonly lines?: readonly LineFields[];
  readonly isFolded?: boolean;
}

/** A label: text, or a number with its unit. */
export interface LabelFields {
  readonly key: string;
  readonly value: string | number | bigint;
  readonly unit?: string;
}

/**
 * Builds a profile row by row: for collectors and converters. Functions, locations and strings that are equal get one
 * row; mappings and samples are added as they come. Ids are row numbers plus one.
 */
export class ProfileBuilder {
  readonly #header: ProfileHeader;
  readonly #strings = new Map<string, number>([["", 0]]);
  readonly #texts: string[] = [""];
  readonly #mappings: MappingFields[] = [];
  readonly #functionRows = new Map<string, number>();
  readonly #functions: number[] = [];
  readonly #locationRows = new Map<string, number>();
  readonly #locations: LocationFields[] = [];
  readonly #stacks = new Uint32Column();
  readonly #stackStart = new Uint32Column();
  readonly #values: Int64Column[];
  readonly #labels = new Uint32Column();
  readonly #labelNum = new Int64Column();
  readonly #labelStart = new Uint32Column();
  readonly #comments: string[];

  constructor(header: ProfileHeader) {
    if (header.sampleTypes.length > MAX_SAMPLE_TYPES)
      throw new ProfileError(`more than ${MAX_SAMPLE_TYPES} sample types`);
    this.#header = header;
    this.#comments = [...(header.comments ?? [])];
    this.#values = header.sampleTypes.map(() => new Int64Column());
    this.#stackStart.push(0);
    this.#labelStart.push(0);
  }

  /** How many samples there are so far. */
  get samples(): number {
    return this.#stackStart.length - 1;
  }

  /**
   * The copy of this text that the profile keeps. A long text that is given for many rows is found at once by it; by another
   * copy, it is compared to the end each time.
   */
  text(text: string): string {
    return this.#texts[this.#string(text)]!;
  }

  /** Adds a comment after those of the header. */
  comment(text: string): void {
    this.#comments.push(text);
  }

  /** Adds a mapping and returns its row. */
  mapping(fields: MappingFields): number {
    return this.#mappings.push(fields) - 1;
  }

  /** The row of this function. */
  function(fields: FunctionFields): number {
    const rows = [
      this.#string(fields.name),
      this.#string(fields.systemName ?? ""),
      this.#string(fields.filename ?? ""),
      fields.startLine ?? 0,
    ];
    const key = rows.join();
    let row = this.#functionRows.get(key);
    if (row === undefined) {
      row = this.#functionRows.size;
      this.#functionRows.set(key, row);
      this.#functions.push(...rows);
    }
    return row;
  }

  /** The row of this location. */
  location(fields: LocationFields): number {
    let key = `${fields.mapping ?? -1},${fields.address ?? 0},${fields.isFolded ?? false}`;
    for (const line of fields.lines ?? []) key += `;${line.function},${line.line ?? 0},${line.column ?? 0}`;
    let row = this.#locationRows.get(key);
    if (row === undefined) {
      row = this.#locationRows.size;
      this.#locationRows.set(key, row);
      this.#locations.push(fields);
    }
    return row;
  }

  /** Adds a sample: locations leaf first, a value for each sample type (int64; a number must be an integer), labels. */
  sample(locations: ArrayLike<number>, values: ArrayLike<number | bigint>, labels: readonly LabelFields[] = []): void {
    if (values.length !== this.#values.length) {
      throw new ProfileError(`invalid sample: ${values.length} values for ${this.#values.length} sample types`);
    }
    for (let i = 0; i < values.length; i++) this.#values[i]!.push(values[i]!);
    for (let i = 0; i < locations.length; i++) this.#stacks.push(locations[i]!);
    this.#stackStart.push(this.#stacks.length);
    for (const { key, value, unit } of labels) {
      const text = typeof value === "string";
      this.#labels.push(this.#string(key));
      this.#labels.push(text ? this.#string(value) : 0);
      this.#labels.push(unit === undefined ? 0 : this.#string(unit));
      this.#labelNum.push(text ? 0 : value);
    }
    this.#labelStart.push(this.#labels.length / 3);
  }

  /** The profile of everything added so far; the builder may go on. */
  build(): Profile {
    const header = this.#header;
    const mappings = this.#mappings;
    const functions = this.#functions;
    const locations = this.#locations;
    const text = (value: string | undefined): number => this.#string(value ?? "");
    const lineStart = new Uint32Array(locations.length + 1);
    const lines: LineFields[] = [];
    locations.forEach((location, row) => {
      for (const line of location.lines ?? []) lines.push(line);
      lineStart[row + 1] = lines.length;
    });
    const functionCount = functions.length / 4;
    const functionColumn = (k: number): Uint32Array =>
      Uint32Array.from({ length: functionCount }, (_, row) => functions[4 * row + k]!);
    const labelCount = this.#labelNum.length;
    const labels = this.#labels.finish();
    const labelColumn = (k: number): Uint32Array =>
      Uint32Array.from({ length: labelCount }, (_, row) => labels[3 * row + k]!);
    const flag = (of: (fields: MappingFields) => boolean | undefined): Uint8Array =>
      Uint8Array.from(mappings, (fields) => (of(fields) ? 1 : 0));
    const none = new Map<number, Uint8Array>();
    const tables = {
      samples: {
        length: this.samples,
        locationStart: this.#stackStart.finish(),
        locations: this.#stacks.finish(),
        values: this.#values.map((column) => column.finish()),
        labelStart: this.#labelStart.finish(),
        labels: {
          length: labelCount,
          key: labelColumn(0),
          str: labelColumn(1),
          num: this.#labelNum.finish(),
          numUnit: labelColumn(2),
          unknownFields: none,
        },
        unknownFields: none,
      },
      mappings: {
        length: mappings.length,
        id: ids(mappings.length),
        start: BigUint64Array.from(mappings, (fields) => fields.start ?? 0n),
        limit: BigUint64Array.from(mappings, (fields) => fields.limit ?? 0n),
        offset: BigUint64Array.from(mappings, (fields) => fields.offset ?? 0n),
        filename: Uint32Array.from(mappings, (fields) => text(fields.filename)),
        buildId: Uint32Array.from(mappings, (fields) => text(fields.buildId)),
        hasFunctions: flag((fields) => fields.hasFunctions),
        hasFilenames: flag((fields) => fields.hasFilenames),
        hasLineNumbers: flag((fields) => fields.hasLineNumbers),
        hasInlineFrames: flag((fields) => fields.hasInlineFrames),
        unknownFields: none,
      },
      locations: {
        length: locations.length,
        id: ids(locations.length),
        mapping: Int32Array.from(locations, (fields) => fields.mapping ?? -1),
        address: BigUint64Array.from(locations, (fields) => fields.address ?? 0n),
        isFolded: Uint8Array.from(locations, (fields) => (fields.isFolded ? 1 : 0)),
        lineStart,
        lines: {
          length: lines.length,
          function: Int32Array.from(lines, (line) => line.function),
          line: BigInt64Array.from(lines, (line) => BigInt(line.line ?? 0)),
          column: BigInt64Array.from(lines, (line) => BigInt(line.column ?? 0)),
          unknownFields: none,
        },
        unknownFields: none,
      },
      functions: {
        length: functionCount,
        id: ids(functionCount),
        name: functionColumn(0),
        systemName: functionColumn(1),
        filename: functionColumn(2),
        startLine: BigInt64Array.from({ length: functionCount }, (_, row) => BigInt(functions[4 * row + 3]!)),
        unknownFields: none,
      },
    };
    return {
      ...tables,
      sampleTypes: header.sampleTypes,
      defaultSampleType: header.defaultSampleType ?? "",
      strings: StringTable.of([...this.#texts]),
      dropFrames: header.dropFrames ?? "",
      keepFrames: header.keepFrames ?? "",
      timeNanos: header.timeNanos ?? 0n,
      durationNanos: BigInt(header.durationNanos ?? 0),
      periodType: header.periodType,
      period: BigInt(header.period ?? 0),
      comments: this.#comments,
      docUrl: header.docUrl ?? "",
      unknownFields: new Uint8Array(0),
    };
  }

  #string(text: string): number {
    let row = this.#strings.get(text);
    if (row === undefined) {
      row = this.#texts.push(text) - 1;
      this.#strings.set(text, row);
    }
    return row;
  }
}

function ids(length: number): BigUint64Array {
  return BigUint64Array.from({ length }, (_, row) => BigInt(row + 1));
}

/** A column that grows. */
class Uint32Column {
  length = 0;
  #column = new Uint32Array(64);

  push(value: number): void {
    if (this.length === this.#column.length) {
      this.#column = grown(this.#column, Uint32Array, this.length + 1);
    }
    this.#column[this.length++] = value;
  }

  finish(): Uint32Array {
    return this.#column.slice(0, this.length);
  }
}

/** An int64 column that grows. */
class Int64Column {
  length = 0;
  #column = new BigInt64Array(64);

  push(value: number | bigint): void {
    if (this.length === this.#column.length) {
      this.#column = grown(this.#column, BigInt64Array, this.length + 1);
    }
    this.#column[this.length++] = typeof value === "bigint" ? value : BigInt(value);
  }

  finish(): BigInt64Array {
    return this.#column.slice(0, this.length);
  }
}
