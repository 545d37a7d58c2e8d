import { type LabelFields, ProfileBuilder, type ProfileHeader } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import type { Profile, ValueType } from "../../profile.ts";
import { FrameBudget } from "../build/frame-budget.ts";
import type { Input } from "../build/input.ts";
import { quoteLine } from "../build/int64.ts";
import { integer, isObject, type JsonObject, list, object } from "../build/json.ts";
import { timestamp } from "../build/symbol-samples.ts";
import { big, Dictionary, type SampledStack } from "./otlp-dictionary.ts";
import { decodeProfilesData, frames, isFramed, isProfilesData } from "./otlp-message.ts";

const JSON_HEAD = /^\s*\{\s*"(?:resourceProfiles|dictionary)"\s*:/;

export function isOtlp(input: Input): boolean {
  return JSON_HEAD.test(input.head) || (!input.isText && (isProfilesData(input.bytes) || isFramed(input.bytes)));
}

/** A sample under all its types. */
interface Row extends Omit<SampledStack, "key"> {
  readonly labels: readonly LabelFields[];
  readonly values: bigint[];
}

/** A profile with what it needs of the data around it. */
interface Found {
  readonly profile: JsonObject;
  readonly dictionary: Dictionary;
  readonly resource: readonly LabelFields[];
}

/**
 * Reads OTLP profiles, v1development and the drafts before it from 2024 on, as protobuf or JSON: what an exporter sends, one
 * message, or many as collectors write them into files. Profiles of several types become the columns of one; attributes
 * and links are labels, the resource's too where there is more than one resource.
 */
export function readOtlp(input: Input): Profile {
  const budget = new FrameBudget(input.stackBytes);
  const profiles = messagesOf(input).flatMap((data) => findProfiles(data, budget));
  const first = profiles[0];
  if (first === undefined) throw new ProfileError("the OTLP data holds no profile");
  const types: ValueType[] = [];
  const columnOf = new Map<string, number>();
  const columns = profiles.map(({ profile, dictionary }) =>
    sampleTypesOf(profile).map((value) => {
      const type = dictionary.valueType(value);
      const key = `${type.unit}\n${type.type}`;
      const column = columnOf.get(key) ?? types.push(type) - 1;
      columnOf.set(key, column);
      return column;
    }),
  );
  const resources = [...new Set(profiles.map(({ resource }) => resource))];
  const isMany = new Set(resources.map((labels) => labels.map(({ key, value }) => `${key}=${value}`).join())).size > 1;
  const builder = new ProfileBuilder({ ...headerOf(first, isMany), sampleTypes: types });
  const add = (locations: readonly number[], values: readonly bigint[], labels: readonly LabelFields[]): void => {
    budget.sample(locations.length, values.length, labels.length);
    builder.sample(locations, values, labels);
  };
  const rows = new Map<string, Row>();
  // Rows of one dictionary are told apart by their numbers, those of many by what they stand for.
  const isOne = new Set(profiles.map(({ dictionary }) => dictionary)).size === 1;
  profiles.forEach(({ profile, dictionary, resource }, p) => {
    const stackOf = dictionary.stacks(builder, profile);
    const own = columns[p]!;
    for (const value of list(profile.samples ?? profile.sample, "samples")) {
      const sample = object(value, "a sample");
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
      const given = list(sample.values ?? sample.value, "values");
      const { key: stackKey, depth, stack } = stackOf(sample);
      const areTypes = own.length > 1;
      const values = areTypes ? given.map((value) => big(value, "a value")) : observations(given, times);
      if (areTypes && values.length !== own.length) {
        throw new ProfileError(`malformed profile: a sample has ${values.length} values of ${own.length} types`);
      }
      if (input.timestamps && times.length > 0 && !areTypes) {
        values.forEach((observed, i) => {
          const at = timestamp(big(times[i], "a timestamp"));
          add(
            stack(),
            types.map((_, t) => (t === own[0] ? observed : 0n)),
            [...labelsOf(), at],
          );
        });
        continue;
      }
      let key = `${stackKey}|${attributeIndices.join()}|${link}|${isMany ? p : ""}`;
      if (!isOne) {
        const locations = stack();
        budget.spend(2 * locations.length);
        key = `${locations.join()}|${labelsOf().map(({ key, value, unit = "" }) => `${key}=${value}${unit}`)}`;
      }
      let row = rows.get(key);
      if (row === undefined) {
        row = { depth, stack, labels: labelsOf(), values: types.map(() => 0n) };
        budget.sample(0, row.values.length, row.labels.length);
        rows.set(key, row);
      }
      for (const [i, observed] of values.entries()) row.values[own[areTypes ? i : 0]!]! += observed;
    }
  });
  let frames = 0;
  for (const { depth } of rows.values()) frames += depth();
  budget.foresee({ samples: 0, frames, values: 0, labels: 0 });
  for (const { stack, values, labels } of rows.values()) add(stack(), values, labels);
  return builder.build();
}

/** To find that a line is no JSON takes some microseconds: where they are most, not so many are looked at. */
const MOST_ODD_LINES = 10_000;

/** Each message: of protobuf one or one after the other with lengths, of JSON one or one a line. */
function messagesOf(input: Input): JsonObject[] {
  if (input.isText) return jsonMessages(input);
  if (!isFramed(input.bytes)) return [decodeProfilesData(input.bytes)];
  const { messages, isCut } = frames(input.bytes);
  const read: JsonObject[] = [];
  messages.forEach((message, i) => {
    try {
      read.push(decodeProfilesData(message));
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      input.odd(`message ${i + 1} of ${messages.length} is no OTLP data: ${error.message}`);
    }
  });
  if (isCut) input.odd(`message ${messages.length + 1} ends before its end`);
  return read;
}

function jsonMessages(input: Input): JsonObject[] {
  const lines = input.lines();
  const read: JsonObject[] = [];
  let odd = 0;
  while (lines.next()) {
    if (lines.line.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(lines.line);
    } catch {
      // One message in many lines, unless there have been some of one.
      if (read.length === 0) return [object(input.json(), "the OTLP data")];
    }
    if (isObject(value)) read.push(value);
    else if (++odd > MOST_ODD_LINES && odd > read.length) {
      throw new ProfileError(`malformed profile: ${odd} of the first ${lines.number} lines are no JSON of OTLP's`);
    } else input.odd(`line ${lines.number} is no JSON of OTLP's: ${quoteLine(lines.line)}`);
  }
  return read;
}

function findProfiles(data: JsonObject, budget: FrameBudget): Found[] {
  const shared = new Dictionary(object(data.dictionary ?? {}, "dictionary"), budget);
  return list(data.resourceProfiles, "resourceProfiles").flatMap((value) => {
    const fields = object(value, "resourceProfiles");
    const resource = shared.attributes(isObject(fields.resource) ? fields.resource.attributes : undefined);
    return list(fields.scopeProfiles, "scopeProfiles").flatMap((scope) =>
      list(object(scope, "scopeProfiles").profiles, "profiles").map((value) => {
        const profile = object(value, "a profile");
        // In 2024 each profile had its own tables.
        const dictionary = profile.stringTable === undefined ? shared : new Dictionary(profile, budget);
        return { profile, dictionary, resource };
      }),
    );
  });
}

/** A profile has one type; in 2025 it had several. */
function sampleTypesOf({ sampleType }: JsonObject): readonly unknown[] {
  return Array.isArray(sampleType) && sampleType.length > 0 ? sampleType : [sampleType];
}

function headerOf({ profile, dictionary, resource }: Found, isMany: boolean): Omit<ProfileHeader, "sampleTypes"> {
  const attributes = dictionary.labels(profile.attributeIndices);
  const attribute = (key: string): string =>
    String(attributes.find((label) => label.key === `pprof.profile.${key}`)?.value ?? "");
  return {
    periodType: dictionary.valueType(profile.periodType),
    period: big(profile.period, "period"),
    timeNanos: big(profile.timeUnixNano ?? profile.timeNanos, "timeUnixNano"),
    durationNanos: big(profile.durationNano ?? profile.durationNanos, "durationNano"),
    dropFrames: attribute("drop_frames"),
    keepFrames: attribute("keep_frames"),
    docUrl: attribute("doc_url"),
    comments: [
      ...dictionary.texts(profile.commentStrindices),
      ...attributes.filter(({ key }) => key === "pprof.profile.comment").map(({ value }) => String(value)),
      ...(isMany ? [] : resource.map(({ key, value }) => `${key}=${value}`)),
    ],
  };
}

/** A sample's values; each of its timestamps is an observation of 1 where it has no values. */
function observations(values: readonly unknown[], times: readonly unknown[]): bigint[] {
  if (values.length === 0) return times.map(() => 1n);
  if (times.length > 0 && times.length !== values.length) {
    throw new ProfileError(`malformed profile: a sample has ${values.length} values with ${times.length} timestamps`);
  }
  return values.map((value) => big(value, "a value"));
}
