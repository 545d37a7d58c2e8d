import type { Analysis } from "../../analyze.ts";
import { OPTIONS } from "../../options.ts";
import { type Body, inPieces } from "../body.ts";

/** The version of what `-json` writes; JSON.md describes it. It changes when a field goes or changes its meaning. */
export const JSON_SCHEMA: string = "pprof-report/1";

/** What a report says of itself in JSON, by field; a list that is long may be made while it is written. */
export type JsonData = Readonly<Record<string, unknown>>;

/** A report as JSON: what all reports have in common, and then its own data. */
export function jsonBody(name: string, analysis: Analysis, data: JsonData): Body {
  const { profile, options, sampleType, total, messages } = analysis;
  const { mappings, strings } = profile;
  const changed = OPTIONS.filter((row) => options[row.name] !== row.default).map((row) => [
    row.name,
    options[row.name],
  ]);
  const all: JsonData = {
    schema: JSON_SCHEMA,
    report: name,
    profile: {
      file: mappings.length === 0 ? "" : strings.get(mappings.filename[0]!),
      buildId: mappings.length === 0 ? "" : strings.get(mappings.buildId[0]!),
      timeNanos: profile.timeNanos,
      durationNanos: profile.durationNanos,
      sampleTypes: profile.sampleTypes,
      docUrl: profile.docUrl,
    },
    options: Object.fromEntries(changed),
    sampleType: { type: sampleType.type, unit: sampleType.unit },
    total,
    messages,
    ...data,
  };
  return { chunks: inPieces(jsonTexts(all)) };
}

function* jsonTexts(fields: JsonData): Iterable<string> {
  let before = "{\n";
  for (const [name, value] of Object.entries(fields)) {
    yield `${before}  ${JSON.stringify(name)}: `;
    before = ",\n";
    if (!isIterable(value)) {
      yield toJson(value);
      continue;
    }
    let count = 0;
    for (const item of value) yield `${count++ === 0 ? "[" : ","}\n    ${toJson(item)}`;
    yield count === 0 ? "[]" : "\n  ]";
  }
  yield "\n}\n";
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (name, part: unknown) => {
    if (name === "address" && typeof part === "bigint") return `0x${part.toString(16)}`;
    // An integer that a double does not hold is written as text, as protobuf's JSON has it.
    if (typeof part === "bigint") return Number.isSafeInteger(Number(part)) ? Number(part) : String(part);
    return part instanceof Map ? Object.fromEntries(part) : part;
  });
}
