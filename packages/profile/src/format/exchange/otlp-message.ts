import { ProfileError } from "../../error.ts";
import { BYTES, FIXED64, VARINT, WireReader, WireWriter } from "../../proto/wire.ts";
import type { JsonObject } from "../build/json.ts";

/**
 * The messages of opentelemetry-proto's profiles/v1development (as of August 2026), by field number: a message in memory is
 * what its JSON is, 64-bit integers as bigints. The format is not stable: it is known in this file and in otlp.ts alone.
 */
type Kind = "int" | "fixed64" | "double" | "bool" | "string" | "bytes" | keyof typeof MESSAGES;
type Field = readonly [name: string, kind: string, repeated?: "repeated"];

const MESSAGES = {
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
} as const satisfies Readonly<Record<string, Readonly<Record<number, Field>>>>;

type Message = keyof typeof MESSAGES;

/** Arrays of arrays may nest; no message nests deeper than this. */
const DEEPEST = 32;
const utf8 = new TextDecoder();
const toUtf8 = new TextEncoder();

/** Whether these bytes are a ProfilesData message: two fields of messages, the first of which begins with a message. */
export function isProfilesData(bytes: Uint8Array): boolean {
  const r = new WireReader(bytes);
  try {
    while (r.pos < r.end) {
      const tag = r.bytes[r.pos++];
      if (tag !== 0x0a && tag !== 0x12) return false;
      const end = r.byteLength() + r.pos;
      const inner = r.bytes[r.pos];
      if (end > r.pos && (inner! & 7) !== BYTES) return false;
      // A sample of profile.proto begins as a dictionary does; what follows in that is not of these two fields.
      r.pos = end;
    }
  } catch {
    return false;
  }
  return bytes.length > 0;
}

export function decodeProfilesData(bytes: Uint8Array): JsonObject {
  return decodeMessage(new WireReader(bytes), "ProfilesData", 0);
}

function decodeMessage(r: WireReader, message: Message, depth: number): JsonObject {
  if (depth > DEEPEST)
    throw new ProfileError(`malformed profile: messages nest deeper than ${DEEPEST}`, { offset: r.pos });
  const fields: Readonly<Record<number, Field>> = MESSAGES[message];
  const decoded: Record<string, unknown> = {};
  while (r.pos < r.end) {
    const at = r.pos;
    const tag = r.size();
    const wireType = tag & 7;
    const field = fields[Math.floor(tag / 8)];
    if (field === undefined) {
      r.skip(wireType);
      continue;
    }
    const [name, kind, repeated] = field;
    const wanted = WIRE_TYPES.get(kind) ?? BYTES;
    const end = wireType === BYTES ? r.byteLength() + r.pos : 0;
    if (wireType === BYTES && wanted !== BYTES && repeated !== undefined) {
      const inner = new WireReader(r.bytes, r.pos, end);
      decoded[name] ??= [];
      while (inner.pos < inner.end) (decoded[name] as unknown[]).push(decodeScalar(inner, kind));
      r.pos = end;
      continue;
    }
    if (wireType !== wanted) {
      const draft = "the file is damaged, or of another draft of OTLP profiles than the one of August 2026";
      r.fail(`field ${name} of ${message} has wire type ${wireType} where ${wanted} is meant: ${draft}`, at);
    }
    let value: unknown;
    if (wireType !== BYTES) value = decodeScalar(r, kind);
    else {
      const content = r.bytes.subarray(r.pos, end);
      if (kind === "string") value = utf8.decode(content);
      else if (kind === "bytes") value = Array.from(content, (byte) => byte.toString(16).padStart(2, "0")).join("");
      else value = decodeMessage(new WireReader(r.bytes, r.pos, end), kind as Message, depth + 1);
      r.pos = end;
    }
    if (repeated === undefined) decoded[name] = value;
    else {
      decoded[name] ??= [];
      (decoded[name] as unknown[]).push(value);
    }
  }
  return decoded;
}

const WIRE_TYPES = new Map<string, number>([
  ["int", VARINT],
  ["bool", VARINT],
  ["fixed64", FIXED64],
  ["double", FIXED64],
]);

function decodeScalar(r: WireReader, kind: string): number | bigint | boolean {
  if (kind === "fixed64" || kind === "double") {
    const at = r.pos;
    r.skip(FIXED64);
    const view = new DataView(r.bytes.buffer, r.bytes.byteOffset + at, 8);
    return kind === "double" ? view.getFloat64(0, true) : view.getBigUint64(0, true);
  }
  r.varint();
  if (kind === "bool") return r.lo !== 0 || r.hi !== 0;
  if (r.hi === 0) return r.lo >>> 0;
  return BigInt.asIntN(64, (BigInt(r.hi >>> 0) << 32n) | BigInt(r.lo >>> 0));
}

export function encodeProfilesData(message: JsonObject): Uint8Array {
  const w = new WireWriter(1 << 16);
  encodeMessage(w, "ProfilesData", message);
  return w.finish();
}

function encodeMessage(w: WireWriter, message: Message, value: JsonObject): void {
  for (const [number, [name, kind, repeated]] of Object.entries<Field>(MESSAGES[message])) {
    const member = value[name];
    if (member === undefined) continue;
    const field = Number(number);
    if (repeated === undefined) encodeField(w, field, kind as Kind, member);
    else if (kind === "int" || kind === "fixed64") {
      const from = w.open(field);
      for (const item of member as unknown[]) encodeScalar(w, kind, item);
      w.close(from);
    } else for (const item of member as unknown[]) encodeField(w, field, kind as Kind, item);
  }
}

function encodeField(w: WireWriter, field: number, kind: Kind, value: unknown): void {
  if (kind === "string") w.bytesField(field, toUtf8.encode(value as string));
  else if (kind === "int" || kind === "fixed64") {
    w.reserve(30);
    w.uint((field << 3) | (kind === "int" ? VARINT : FIXED64));
    encodeScalar(w, kind, value);
  } else if (kind === "double" || kind === "bool" || kind === "bytes") {
    throw new ProfileError(`nothing is written as ${kind}`);
  } else {
    const from = w.open(field);
    encodeMessage(w, kind, value as JsonObject);
    w.close(from);
  }
}

function encodeScalar(w: WireWriter, kind: "int" | "fixed64", value: unknown): void {
  const bits = BigInt.asUintN(64, BigInt(value as number | bigint));
  const lo = Number(bits & 0xffffffffn);
  const hi = Number(bits >> 32n);
  w.reserve(10);
  if (kind === "int") w.uint64(lo, hi);
  else {
    new DataView(w.bytes.buffer, w.bytes.byteOffset + w.pos, 8).setBigUint64(0, bits, true);
    w.pos += 8;
  }
}
