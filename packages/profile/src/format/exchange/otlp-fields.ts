/** A field: its name in JSON, and its type, a scalar or the name of a message. */
type Field = readonly [name: string, kind: string, repeated?: "repeated"];
/** The fields of messages by their numbers. */
export type Messages = Readonly<Record<string, Readonly<Record<number, Field>>>>;

/**
 * The messages of opentelemetry-proto's profiles/v1development (as of August 2026), by field number: a message in memory is
 * what its JSON is, 64-bit integers as bigints. The format is not stable: it is known in the files otlp-….ts alone.
 */
export const MESSAGES: Messages = {
  ProfilesData: { 1: ["resourceProfiles", "ResourceProfiles", "repeated"], 2: ["dictionary", "ProfilesDictionary"] },
  ResourceProfiles: { 1: ["resource", "Resource"], 2: ["scopeProfiles", "ScopeProfiles", "repeated"] },
  Resource: { 1: ["attributes", "KeyValue", "repeated"] },
  ScopeProfiles: { 2: ["profiles", "Profile", "repeated"] },
  ProfilesDictionary: {
    1: ["mappingTable", "Mapping", "repeated"],
    2: ["locationTable", "Location", "repeated"],
    3: ["functionTable", "Function", "repeated"],
    4: ["linkTable", "Link", "repeated"],
    5: ["stringTable", "string", "repeated"],
    6: ["attributeTable", "KeyValueAndUnit", "repeated"],
    7: ["stackTable", "Stack", "repeated"],
  },
  Profile: {
    1: ["sampleType", "ValueType"],
    2: ["samples", "Sample", "repeated"],
    3: ["timeUnixNano", "fixed64"],
    4: ["durationNano", "int"],
    5: ["periodType", "ValueType"],
    6: ["period", "int"],
    11: ["attributeIndices", "int", "repeated"],
  },
  ValueType: { 1: ["typeStrindex", "int"], 2: ["unitStrindex", "int"] },
  Sample: {
    1: ["stackIndex", "int"],
    2: ["attributeIndices", "int", "repeated"],
    3: ["linkIndex", "int"],
    4: ["values", "int", "repeated"],
    5: ["timestampsUnixNano", "fixed64", "repeated"],
  },
  Link: { 1: ["traceId", "bytes"], 2: ["spanId", "bytes"] },
  Mapping: {
    1: ["memoryStart", "int"],
    2: ["memoryLimit", "int"],
    3: ["fileOffset", "int"],
    4: ["filenameStrindex", "int"],
    5: ["attributeIndices", "int", "repeated"],
  },
  Stack: { 1: ["locationIndices", "int", "repeated"] },
  Location: {
    1: ["mappingIndex", "int"],
    2: ["address", "int"],
    3: ["lines", "Line", "repeated"],
    4: ["attributeIndices", "int", "repeated"],
  },
  Line: { 1: ["functionIndex", "int"], 2: ["line", "int"], 3: ["column", "int"] },
  Function: {
    1: ["nameStrindex", "int"],
    2: ["systemNameStrindex", "int"],
    3: ["filenameStrindex", "int"],
    4: ["startLine", "int"],
  },
  KeyValueAndUnit: { 1: ["keyStrindex", "int"], 2: ["value", "AnyValue"], 3: ["unitStrindex", "int"] },
  KeyValue: { 1: ["key", "string"], 2: ["value", "AnyValue"], 3: ["keyStrindex", "int"] },
  AnyValue: {
    1: ["stringValue", "string"],
    2: ["boolValue", "bool"],
    3: ["intValue", "int"],
    4: ["doubleValue", "double"],
    5: ["arrayValue", "ArrayValue"],
    7: ["bytesValue", "bytes"],
    8: ["stringValueStrindex", "int"],
  },
  ArrayValue: { 1: ["values", "AnyValue", "repeated"] },
};

const OLD_ATTRIBUTE_UNIT: Messages[string] = { 1: ["attributeKeyStrindex", "int"], 2: ["unitStrindex", "int"] };
const OLD_SAMPLE: Messages[string] = {
  1: ["locationsStartIndex", "int"],
  2: ["locationsLength", "int"],
  3: ["value", "int", "repeated"],
  4: ["attributeIndices", "int", "repeated"],
  5: ["linkIndex", "int"],
  6: ["timestampsUnixNano", "int", "repeated"],
};
const OLD_LOCATION: Messages[string] = {
  1: ["mappingIndex", "int"],
  2: ["address", "int"],
  3: ["line", "Line", "repeated"],
  5: ["attributeIndices", "int", "repeated"],
};

/** As of opentelemetry-proto 1.6 and 1.7 (2025): profiles of many types, whose samples are parts of a list of locations. */
export const DRAFT_2025: Messages = {
  ...MESSAGES,
  ProfilesDictionary: {
    ...MESSAGES.ProfilesDictionary,
    6: ["attributeTable", "KeyValue", "repeated"],
    7: ["attributeUnits", "AttributeUnit", "repeated"],
  },
  AttributeUnit: OLD_ATTRIBUTE_UNIT,
  Profile: {
    1: ["sampleType", "ValueType", "repeated"],
    2: ["sample", "Sample", "repeated"],
    3: ["locationIndices", "int", "repeated"],
    4: ["timeNanos", "int"],
    5: ["durationNanos", "int"],
    6: ["periodType", "ValueType"],
    7: ["period", "int"],
    8: ["commentStrindices", "int", "repeated"],
    14: ["attributeIndices", "int", "repeated"],
  },
  Sample: OLD_SAMPLE,
  Location: OLD_LOCATION,
};

/** As of opentelemetry-proto 1.4 and 1.5 (2024): each profile has its own tables. */
export const DRAFT_2024: Messages = {
  ...DRAFT_2025,
  Profile: {
    1: ["sampleType", "ValueType", "repeated"],
    2: ["sample", "Sample", "repeated"],
    3: ["mappingTable", "Mapping", "repeated"],
    4: ["locationTable", "Location", "repeated"],
    5: ["locationIndices", "int", "repeated"],
    6: ["functionTable", "Function", "repeated"],
    7: ["attributeTable", "KeyValue", "repeated"],
    8: ["attributeUnits", "AttributeUnit", "repeated"],
    9: ["linkTable", "Link", "repeated"],
    10: ["stringTable", "string", "repeated"],
    11: ["timeNanos", "int"],
    12: ["durationNanos", "int"],
    13: ["periodType", "ValueType"],
    14: ["period", "int"],
    15: ["commentStrindices", "int", "repeated"],
    22: ["attributeIndices", "int", "repeated"],
  },
};
