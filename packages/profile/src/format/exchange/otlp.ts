import { type LabelFields, type LineFields, ProfileBuilder } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import type { Profile, ValueType } from "../../profile.ts";
import { FrameBudget } from "../build/frame-budget.ts";
import type { Input } from "../build/input.ts";
import { index, integer, isObject, type JsonObject, list, nameOf, object, shown, text } from "../build/json.ts";
import { timestamp } from "../build/symbol-samples.ts";
import { decodeProfilesData, isProfilesData } from "./otlp-message.ts";

const JSON_HEAD = /^\s*\{\s*"(?:resourceProfiles|dictionary)"\s*:/;
const BUILD_IDS = ["gnu", "go", "htlhash"].map((kind) => `process.executable.build_id.${kind}`);

export function isOtlp(input: Input): boolean {
  return JSON_HEAD.test(input.head) || (!input.isText && isProfilesData(input.bytes));
}

/** A sample under all its types. */
interface Row {
  readonly stack: number;
  readonly labels: readonly LabelFields[];
  readonly values: bigint[];
}

/**
 * Reads OTLP profiles, v1development, as protobuf or JSON: what an exporter sends. Profiles of several types become the
 * columns of one; attributes and links are labels, the resource's too where there is more than one resource.
 */
export function readOtlp(input: Input): Profile {
  const data = input.isText ? object(input.json(), "the OTLP data") : decodeProfilesData(input.bytes);
  const budget = new FrameBudget(input.bytes.length);
  const dictionary = new Dictionary(object(data.dictionary ?? {}, "dictionary"), budget);
  const resources = list(data.resourceProfiles, "resourceProfiles").map((value) => object(value, "resourceProfiles"));
  const profiles = resources.flatMap((fields) => {
    const resource = dictionary.attributes(isObject(fields.resource) ? fields.resource.attributes : undefined);
    return list(fields.scopeProfiles, "scopeProfiles").flatMap((scope) =>
      list(object(scope, "scopeProfiles").profiles, "profiles").map((profile) => ({
        profile: object(profile, "a profile"),
        resource,
      })),
    );
  });
  const first = profiles[0];
  if (first === undefined) throw new ProfileError("the OTLP data holds no profile");
  const types: ValueType[] = [];
  const columnOf = new Map<string, number>();
  const columns = profiles.map(({ profile }) => {
    const type = dictionary.valueType(profile.sampleType);
    const key = `${type.unit}\n${type.type}`;
    const column = columnOf.get(key) ?? types.push(type) - 1;
    columnOf.set(key, column);
    return column;
  });
  const isMany = resources.length > 1;
  const attributes = dictionary.labels(first.profile.attributeIndices);
  const attribute = (key: string): string =>
    String(attributes.find((label) => label.key === `pprof.profile.${key}`)?.value ?? "");
  const builder = new ProfileBuilder({
    sampleTypes: types,
    periodType: dictionary.valueType(first.profile.periodType),
    period: big(first.profile.period, "period"),
    timeNanos: big(first.profile.timeUnixNano, "timeUnixNano"),
    durationNanos: big(first.profile.durationNano, "durationNano"),
    dropFrames: attribute("drop_frames"),
    keepFrames: attribute("keep_frames"),
    docUrl: attribute("doc_url"),
    comments: [
      ...attributes.filter(({ key }) => key === "pprof.profile.comment").map(({ value }) => String(value)),
      ...(isMany ? [] : first.resource.map(({ key, value }) => `${key}=${value}`)),
    ],
  });
  const stackOf = dictionary.stacks(builder);
  const add = (stack: number, values: readonly bigint[], labels: readonly LabelFields[]): void => {
    const locations = stackOf(stack);
    budget.sample(locations.length, values.length, labels.length);
    builder.sample(locations, values, labels);
  };
  const rows = new Map<string, Row>();
  profiles.forEach(({ profile, resource }, p) => {
    for (const value of list(profile.samples, "samples")) {
      const sample = object(value, "a sample");
      const stack = integer(sample.stackIndex ?? 0, "stackIndex");
      const link = integer(sample.linkIndex ?? 0, "linkIndex");
      const attributeIndices = list(sample.attributeIndices, "attributeIndices").map((at) =>
        integer(at, "an attribute"),
      );
      const labelsOf = (): LabelFields[] => [
        ...dictionary.labels(attributeIndices),
        ...dictionary.link(link),
        ...(isMany ? resource : []),
      ];
      const times = list(sample.timestampsUnixNano, "timestampsUnixNano");
      const values = observations(list(sample.values, "values"), times);
      const column = columns[p]!;
      if (input.timestamps && times.length > 0) {
        values.forEach((observed, i) => {
          const at = timestamp(big(times[i], "a timestamp"));
          add(
            stack,
            types.map((_, t) => (t === column ? observed : 0n)),
            [...labelsOf(), at],
          );
        });
        continue;
      }
      const key = `${stack}|${attributeIndices.join()}|${link}|${isMany ? p : ""}`;
      let row = rows.get(key);
      if (row === undefined) {
        row = { stack, labels: labelsOf(), values: types.map(() => 0n) };
        budget.sample(0, row.values.length, row.labels.length);
        rows.set(key, row);
      }
      for (const observed of values) row.values[column]! += observed;
    }
  });
  for (const { stack, values, labels } of rows.values()) add(stack, values, labels);
  return builder.build();
}

/** A sample's values; each of its timestamps is an observation of 1 where it has no values. */
function observations(values: readonly unknown[], times: readonly unknown[]): bigint[] {
  if (values.length === 0) return times.map(() => 1n);
  if (times.length > 0 && times.length !== values.length) {
    throw new ProfileError(`malformed profile: a sample has ${values.length} values with ${times.length} timestamps`);
  }
  return values.map((value) => big(value, "a value"));
}

/** A 64-bit integer: in JSON it is a string. */
function big(value: unknown, what: string): bigint {
  if (value === undefined || value === null) return 0n;
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return BigInt(value as number | bigint);
  if (typeof value === "string" && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  throw new ProfileError(`malformed profile: ${what} is ${shown(value)}, not an integer`);
}

/** The tables that all profiles of the data share. */
class Dictionary {
  readonly #tables: JsonObject;
  readonly #strings: readonly unknown[];
  /** The strings so far, and the one copy of each: what is said again and again is then found at once, however long. */
  readonly #known = new Map<unknown, string>();
  readonly #copies = new Map<string, string>();
  readonly #labels = new Map<unknown, readonly LabelFields[]>();
  readonly #functions = new Map<unknown, number>();
  readonly #budget: FrameBudget;

  constructor(tables: JsonObject, budget: FrameBudget) {
    this.#tables = tables;
    this.#budget = budget;
    this.#strings = list(tables.stringTable, "stringTable");
  }

  valueType(value: unknown): ValueType {
    if (value === undefined || value === null) return { type: "", unit: "" };
    const { typeStrindex, unitStrindex } = object(value, "a value type");
    return { type: this.#string(typeStrindex), unit: this.#string(unitStrindex) };
  }

  /** An attribute may have many values, and may be named often: all are counted before they are there. */
  labels(indices: unknown): LabelFields[] {
    return list(indices, "attributeIndices").flatMap((at) => {
      let labels = this.#labels.get(at);
      if (labels === undefined) {
        const attribute = this.#row("attributeTable", at);
        const key = this.#string(attribute.keyStrindex);
        const unit = this.#string(attribute.unitStrindex);
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
      const key =
        attribute.key === undefined ? this.#string(attribute.keyStrindex) : this.#copy(text(attribute.key, "a key"));
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

  /** Gives the locations of a stack, leaf first. */
  stacks(builder: ProfileBuilder): (stack: number) => number[] {
    const mappings = new Map<number, number>();
    const locations = new Map<number, number>();
    const location = (at: unknown): number => {
      const row = integer(at, "a location");
      let known = locations.get(row);
      if (known === undefined) {
        known = this.#location(builder, row, mappings);
        locations.set(row, known);
      }
      return known;
    };
    return (stack) => {
      if (stack === 0) return [];
      const rows = list(this.#row("stackTable", stack).locationIndices, "locationIndices");
      return rows.map(location);
    };
  }

  #location(builder: ProfileBuilder, row: number, mappings: Map<number, number>): number {
    const location = this.#row("locationTable", row);
    const lines: LineFields[] = list(location.lines, "lines").map((value) => {
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
