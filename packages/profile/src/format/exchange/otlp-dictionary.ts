import type { LabelFields, LineFields, ProfileBuilder } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import type { ValueType } from "../../profile.ts";
import type { FrameBudget } from "../build/frame-budget.ts";
import { index, integer, isObject, type JsonObject, list, nameOf, object, shown, text } from "../build/json.ts";

const BUILD_IDS = ["gnu", "go", "htlhash"].map((kind) => `process.executable.build_id.${kind}`);

/** A 64-bit integer: in JSON it is a string. */
export function big(value: unknown, what: string): bigint {
  if (value === undefined || value === null) return 0n;
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return BigInt(value as number | bigint);
  if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  throw new ProfileError(`malformed profile: ${what} is ${shown(value)}, not an integer`);
}

/** The stack of a sample: what tells it from others, how deep it is, and its locations, leaf first. */
export interface SampledStack {
  readonly key: string;
  readonly depth: () => number;
  readonly stack: () => number[];
}

/** The tables that all profiles of the data share. */
export class Dictionary {
  readonly #tables: JsonObject;
  readonly #strings: readonly unknown[];
  /** The strings so far, and the one copy of each: what is said again and again is then found at once, however long. */
  readonly #known = new Map<unknown, string>();
  readonly #copies = new Map<string, string>();
  readonly #labels = new Map<unknown, readonly LabelFields[]>();
  readonly #functions = new Map<unknown, number>();
  readonly #mappings = new Map<number, number>();
  readonly #locations = new Map<number, number>();
  /** In 2025 the units of attributes stood beside them, by the key. */
  readonly #units = new Map<string, string>();
  readonly #budget: FrameBudget;

  constructor(tables: JsonObject, budget: FrameBudget) {
    this.#tables = tables;
    this.#budget = budget;
    this.#strings = list(tables.stringTable, "stringTable");
    for (const value of list(tables.attributeUnits, "attributeUnits")) {
      const { attributeKeyStrindex, unitStrindex } = object(value, "a unit of an attribute");
      this.#units.set(this.#string(attributeKeyStrindex), this.#string(unitStrindex));
    }
  }

  texts(rows: unknown): string[] {
    return list(rows, "comments").map((row) => this.#string(row));
  }

  valueType(value: unknown): ValueType {
    if (value === undefined || value === null) return { type: "", unit: "" };
    const { typeStrindex, unitStrindex } = object(value, "a value type");
    return { type: this.#first(typeStrindex), unit: this.#first(unitStrindex) };
  }

  /** A text that is always said. async-profiler has none to say nothing with, so that its first one is such a text. */
  #first(row: unknown): string {
    return row === undefined || row === 0 ? text(this.#strings[0] ?? "", "a string") : this.#string(row);
  }

  /** An attribute may have many values, and may be named often: all are counted before they are there. */
  labels(indices: unknown): LabelFields[] {
    return list(indices, "attributeIndices").flatMap((at) => {
      let labels = this.#labels.get(at);
      if (labels === undefined) {
        const attribute = this.#row("attributeTable", at);
        const key = this.#keyOf(attribute);
        const unit = this.#string(attribute.unitStrindex) || (this.#units.get(key) ?? "");
        labels = this.#values(attribute.value).map((value) => ({ key, value, ...(unit === "" ? {} : { unit }) }));
        this.#labels.set(at, labels);
      }
      if (labels.length > 1) this.#budget.sample(0, 0, labels.length);
      return labels;
    });
  }

  /** Attributes that are written out, as a resource's are. */
  attributes(values: unknown): LabelFields[] {
    return list(values, "attributes").flatMap((value) => {
      const attribute = object(value, "an attribute");
      const key = this.#keyOf(attribute);
      return this.#values(attribute.value).map((value) => ({ key, value }));
    });
  }

  link(at: number): LabelFields[] {
    if (at === 0) return [];
    const { traceId, spanId } = this.#row("linkTable", at);
    return [
      { key: "trace_id", value: this.#copy(text(traceId ?? "", "traceId")) },
      { key: "span_id", value: this.#copy(text(spanId ?? "", "spanId")) },
    ];
  }

  #keyOf({ key, keyStrindex }: JsonObject): string {
    return key === undefined ? this.#string(keyStrindex) : this.#copy(text(key, "a key"));
  }

  stacks(builder: ProfileBuilder, profile: JsonObject): (sample: JsonObject) => SampledStack {
    const location = (at: unknown): number => {
      const row = integer(at, "a location");
      let known = this.#locations.get(row);
      if (known === undefined) {
        known = this.#location(builder, row, this.#mappings);
        this.#locations.set(row, known);
      }
      return known;
    };
    const all = list(profile.locationIndices, "locationIndices");
    return (sample) => {
      const length = integer(sample.locationsLength ?? 0, "locationsLength");
      if (length > 0) {
        const start = integer(sample.locationsStartIndex ?? 0, "locationsStartIndex");
        if (start < 0 || start + length > all.length) {
          throw new ProfileError(`malformed profile: a sample ends at location ${start + length} of ${all.length}`);
        }
        return {
          key: `${start}+${length}`,
          depth: () => length,
          stack: () => all.slice(start, start + length).map(location),
        };
      }
      const row = integer(sample.stackIndex ?? 0, "stackIndex");
      const indices = (): readonly unknown[] =>
        row === 0 ? [] : list(this.#row("stackTable", row).locationIndices, "locationIndices");
      return { key: String(row), depth: () => indices().length, stack: () => indices().map(location) };
    };
  }

  #location(builder: ProfileBuilder, row: number, mappings: Map<number, number>): number {
    const location = this.#row("locationTable", row);
    const lines: LineFields[] = list(location.lines ?? location.line, "lines").map((value) => {
      const line = object(value, "a line");
      return {
        function: this.#function(builder, line.functionIndex ?? 0),
        line: Number(big(line.line, "line")),
        column: Number(big(line.column, "column")),
      };
    });
    const at = integer(location.mappingIndex ?? 0, "mappingIndex");
    let mapping = mappings.get(at);
    if (mapping === undefined && at !== 0) {
      mapping = this.#mapping(builder, at, lines.length > 0);
      mappings.set(at, mapping);
    }
    const address = BigInt.asUintN(64, big(location.address, "address"));
    return builder.location({ address, lines, ...(mapping === undefined ? {} : { mapping }) });
  }

  #function(builder: ProfileBuilder, at: unknown): number {
    let row = this.#functions.get(at);
    if (row === undefined) {
      const fn = this.#row("functionTable", at);
      row = builder.function({
        name: this.#string(fn.nameStrindex),
        systemName: this.#string(fn.systemNameStrindex),
        filename: this.#string(fn.filenameStrindex),
        startLine: Number(big(fn.startLine, "startLine")),
      });
      this.#functions.set(at, row);
    }
    return row;
  }

  #mapping(builder: ProfileBuilder, row: number, isSymbolized: boolean): number {
    const mapping = this.#row("mappingTable", row);
    const labels = this.labels(mapping.attributeIndices);
    const buildId = BUILD_IDS.map((name) => labels.find(({ key }) => key === name)?.value).find(Boolean);
    const field = (value: unknown): bigint => BigInt.asUintN(64, big(value, "a field of a mapping"));
    return builder.mapping({
      start: field(mapping.memoryStart),
      limit: field(mapping.memoryLimit),
      offset: field(mapping.fileOffset),
      filename: this.#string(mapping.filenameStrindex),
      buildId: String(buildId ?? ""),
      hasFunctions: isSymbolized,
      hasFilenames: isSymbolized,
      hasLineNumbers: isSymbolized,
      hasInlineFrames: isSymbolized,
    });
  }

  #string(row: unknown): string {
    if (row === undefined || row === 0) return "";
    let known = this.#known.get(row);
    if (known === undefined) {
      known = this.#copy(text(this.#strings[index(row, this.#strings.length, "a string")], "a string"));
      this.#known.set(row, known);
    }
    return known;
  }

  #copy(value: string): string {
    const known = this.#copies.get(value);
    if (known === undefined) this.#copies.set(value, value);
    return known ?? value;
  }

  #row(table: string, row: unknown): JsonObject {
    const rows = list(this.#tables[table], table);
    return object(rows[index(row, rows.length, `a row of ${table}`)], `a row of ${table}`);
  }

  /** What an attribute holds, as labels can: a list is several. */
  #values(value: unknown): (string | bigint)[] {
    if (!isObject(value)) return [];
    if (value.stringValueStrindex !== undefined) return [this.#string(value.stringValueStrindex)];
    if (value.intValue !== undefined) return [big(value.intValue, "intValue")];
    if (isObject(value.arrayValue)) {
      const items = list(value.arrayValue.values, "values");
      // A label holds no list of lists.
      return items.flatMap((item) => (isObject(item) && isObject(item.arrayValue) ? [] : this.#values(item)));
    }
    const plain = value.stringValue ?? value.boolValue ?? value.doubleValue ?? value.bytesValue;
    return plain === undefined ? [] : [this.#copy(nameOf(plain, "the value of an attribute"))];
  }
}
