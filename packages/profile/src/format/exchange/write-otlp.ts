import type { Profile } from "../../profile.ts";
import { encodeProfilesData } from "./otlp-message.ts";

/** Rows of a table, each once; row 0 is the zero value that OTLP asks for. */
class Table<Row> {
  readonly rows: Row[];
  readonly #at = new Map<string, number>();

  constructor(zero: Row) {
    this.rows = [zero];
  }

  row(key: string, make: () => Row): number {
    let row = this.#at.get(key);
    if (row === undefined) {
      row = this.rows.push(make()) - 1;
      this.#at.set(key, row);
    }
    return row;
  }
}

/** Writes OTLP profiles, v1development, as protobuf: a profile for each sample type, over one dictionary. */
export function writeOtlp(profile: Profile): Uint8Array {
  const { samples, mappings, locations, functions, strings } = profile;
  const texts = new Table<string>("");
  const string = (text: string): number => (text === "" ? 0 : texts.row(text, () => text));
  const attributes = new Table<object>({});
  const attribute = (key: string, value: object, unit = ""): number =>
    attributes.row(
      JSON.stringify([key, value, unit], (_, item) => (typeof item === "bigint" ? `${item}` : item)),
      () => ({
        keyStrindex: string(key),
        value,
        unitStrindex: string(unit),
      }),
    );
  const textAttribute = (key: string, text: string): number[] =>
    text === "" ? [] : [attribute(key, { stringValue: text })];
  const stacks = new Table<object>({});
  const rows = Array.from({ length: samples.length }, (_, row) => {
    // Rows of tables stand one later there: row 0 is the zero value.
    const stack = Array.from(
      samples.locations.subarray(samples.locationStart[row], samples.locationStart[row + 1]),
      (location) => location + 1,
    );
    const attributeIndices: number[] = [];
    for (let at = samples.labelStart[row]!; at < samples.labelStart[row + 1]!; at++) {
      const { key, str, num, numUnit } = samples.labels;
      const value = str[at] === 0 ? { intValue: num[at]! } : { stringValue: strings.get(str[at]!) };
      attributeIndices.push(attribute(strings.get(key[at]!), value, strings.get(numUnit[at]!)));
    }
    return {
      stackIndex: stack.length === 0 ? 0 : stacks.row(stack.join(), () => ({ locationIndices: stack })),
      attributeIndices,
    };
  });
  const valueType = ({ type, unit }: { type: string; unit: string }): object => ({
    typeStrindex: string(type),
    unitStrindex: string(unit),
  });
  const about = [
    ...textAttribute("pprof.profile.drop_frames", profile.dropFrames),
    ...textAttribute("pprof.profile.keep_frames", profile.keepFrames),
    ...textAttribute("pprof.profile.doc_url", profile.docUrl),
    ...profile.comments.flatMap((comment) => textAttribute("pprof.profile.comment", comment)),
  ];
  const profiles = profile.sampleTypes.map((type, column) => ({
    sampleType: valueType(type),
    samples: rows.map((row, i) => ({ ...row, values: [samples.values[column]![i]!] })),
    timeUnixNano: profile.timeNanos,
    durationNano: profile.durationNanos,
    ...(profile.periodType === undefined ? {} : { periodType: valueType(profile.periodType) }),
    period: profile.period,
    attributeIndices: about,
  }));
  const count = <Row>(length: number, make: (row: number) => Row): (Row | object)[] => [
    {},
    ...Array.from({ length }, (_, row) => make(row)),
  ];
  const dictionary = {
    mappingTable: count(mappings.length, (row) => ({
      memoryStart: mappings.start[row]!,
      memoryLimit: mappings.limit[row]!,
      fileOffset: mappings.offset[row]!,
      filenameStrindex: string(strings.get(mappings.filename[row]!)),
      attributeIndices: textAttribute("process.executable.build_id.gnu", strings.get(mappings.buildId[row]!)),
    })),
    locationTable: count(locations.length, (row) => {
      const lines: object[] = [];
      for (let at = locations.lineStart[row]!; at < locations.lineStart[row + 1]!; at++) {
        lines.push({
          functionIndex: locations.lines.function[at]! + 1,
          line: locations.lines.line[at]!,
          column: locations.lines.column[at]!,
        });
      }
      return { mappingIndex: locations.mapping[row]! + 1, address: locations.address[row]!, lines };
    }),
    functionTable: count(functions.length, (row) => ({
      nameStrindex: string(strings.get(functions.name[row]!)),
      systemNameStrindex: string(strings.get(functions.systemName[row]!)),
      filenameStrindex: string(strings.get(functions.filename[row]!)),
      startLine: functions.startLine[row]!,
    })),
    linkTable: [{}],
    attributeTable: attributes.rows,
    stackTable: stacks.rows,
    stringTable: texts.rows,
  };
  return encodeProfilesData({ resourceProfiles: [{ scopeProfiles: [{ profiles }] }], dictionary });
}
