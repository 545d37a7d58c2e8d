import { ProfileError } from "../../error.ts";
import { BYTES, FIXED64, VARINT, WireReader, WireWriter } from "../../proto/wire.ts";
import type { JsonObject } from "../build/json.ts";
import { DRAFT_2024, DRAFT_2025, MESSAGES, type Messages } from "./otlp-fields.ts";

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

/** The data in these bytes, of this draft or of one before it, which none but itself decodes without a fault. */
export function decodeProfilesData(bytes: Uint8Array): JsonObject {
  const read = (messages: Messages): JsonObject => decodeMessage(new WireReader(bytes), "ProfilesData", messages, 0);
  try {
    return read(MESSAGES);
  } catch (error) {
    for (const draft of [DRAFT_2025, DRAFT_2024]) {
      try {
        const data = read(draft);
        if ((data.dictionary === undefined) === (draft === DRAFT_2024)) return data;
      } catch {
        // The first error is the one that tells.
      }
    }
    throw error;
  }
}

/** How a collector writes message after message: the length of each before it, in four bytes, the highest first. */
const LENGTH = 4;

export function isFramed(bytes: Uint8Array): boolean {
  if (bytes.length <= LENGTH) return false;
  const length = frameLength(bytes, 0);
  return length > 0 && LENGTH + length <= bytes.length && isProfilesData(bytes.subarray(LENGTH, LENGTH + length));
}

/** The messages, and whether the last is cut off. */
export function frames(bytes: Uint8Array): { readonly messages: readonly Uint8Array[]; readonly isCut: boolean } {
  const messages: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + LENGTH > bytes.length ? bytes.length + 1 : at + LENGTH + frameLength(bytes, at);
    if (end > bytes.length) return { messages, isCut: true };
    messages.push(bytes.subarray(at + LENGTH, end));
    at = end;
  }
  return { messages, isCut: false };
}

function frameLength(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, LENGTH).getUint32(0);
}

function decodeMessage(r: WireReader, message: string, messages: Messages, depth: number): JsonObject {
  if (depth > DEEPEST)
    throw new ProfileError(`malformed profile: messages nest deeper than ${DEEPEST}`, { offset: r.pos });
  const fields = messages[message]!;
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
      else value = decodeMessage(new WireReader(r.bytes, r.pos, end), kind, messages, depth + 1);
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

function encodeMessage(w: WireWriter, message: string, value: JsonObject): void {
  for (const [number, [name, kind, repeated]] of Object.entries(MESSAGES[message]!)) {
    const member = value[name];
    if (member === undefined) continue;
    const field = Number(number);
    if (repeated === undefined) encodeField(w, field, kind, member);
    else if (kind === "int" || kind === "fixed64") {
      const from = w.open(field);
      for (const item of member as unknown[]) encodeScalar(w, kind, item);
      w.close(from);
    } else for (const item of member as unknown[]) encodeField(w, field, kind, item);
  }
}

function encodeField(w: WireWriter, field: number, kind: string, value: unknown): void {
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
