import { WireReader, WireWriter } from "@pprof-ts/profile";
import { FleetError } from "../error.ts";
import { DEEPEST, emptyMessage, type Field, jsonName, type Message, narrowed, type Schema, ZERO } from "./message.ts";

/** The wire types of protocol buffers. */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

const fromUtf8 = new TextDecoder();
const toUtf8 = new TextEncoder();

/** Reads what somebody sent, whose faults are theirs. */
class MessageReader extends WireReader {
  override fail(what: string, offset: number = this.pos): never {
    throw new FleetError(`malformed message: ${what} (at byte ${offset})`);
  }
}

/** The message of this name in these bytes; what is wrong with them is a `FleetError`. */
export function decodeMessage(schema: Schema, name: string, bytes: Uint8Array): Message {
  return read(new MessageReader(bytes), schema, name, 0);
}

function read(reader: WireReader, schema: Schema, name: string, depth: number): Message {
  if (depth > DEEPEST) reader.fail(`messages nest deeper than ${DEEPEST}`);
  const fields = schema.messages[name]!;
  const message = emptyMessage(schema, name);
  while (reader.pos < reader.end) {
    const at = reader.pos;
    const tag = reader.size();
    const wireType = tag % 8;
    const row = fields[Math.floor(tag / 8)];
    if (row === undefined) {
      reader.skip(wireType);
      continue;
    }
    const wanted = wireTypeOf(row.kind, schema);
    const key = jsonName(row);
    if (wireType === BYTES && wanted !== BYTES && row.isRepeated) {
      const length = reader.byteLength();
      const inner = new MessageReader(reader.bytes, reader.pos, reader.pos + length);
      while (inner.pos < inner.end) (message[key] as unknown[]).push(readScalar(inner, row.kind));
      reader.pos = inner.end;
      continue;
    }
    if (wireType !== wanted) reader.fail(`field ${row.name} of ${name} has wire type ${wireType}, not ${wanted}`, at);
    const value = wanted === BYTES ? readBytes(reader, schema, row, depth) : readScalar(reader, row.kind);
    if (row.isRepeated) (message[key] as unknown[]).push(value);
    else message[key] = value;
  }
  return message;
}

function wireTypeOf(kind: string, { messages }: Schema): number {
  if (kind === "string" || kind === "bytes" || kind in messages) return BYTES;
  return kind === "double" ? FIXED64 : VARINT;
}

function readBytes(reader: WireReader, schema: Schema, { kind }: Field, depth: number): unknown {
  const length = reader.byteLength();
  const end = reader.pos + length;
  const content = reader.bytes.subarray(reader.pos, end);
  const inner = new MessageReader(reader.bytes, reader.pos, end);
  reader.pos = end;
  if (kind === "string") return fromUtf8.decode(content);
  return kind === "bytes" ? content : read(inner, schema, kind, depth + 1);
}

function readScalar(reader: WireReader, kind: string): unknown {
  if (kind === "double") {
    const at = reader.pos;
    reader.skip(FIXED64);
    return new DataView(reader.bytes.buffer, reader.bytes.byteOffset + at, 8).getFloat64(0, true);
  }
  reader.varint();
  const { lo, hi } = reader;
  if (kind === "bool") return lo !== 0 || hi !== 0;
  if (hi === 0) return lo >>> 0;
  const bits = (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);
  return narrowed(kind === "uint64" ? bits : BigInt.asIntN(64, bits));
}

/** The bytes of a message of this name. */
export function encodeMessage(schema: Schema, name: string, message: Message): Uint8Array {
  const writer = new WireWriter();
  write(writer, schema, name, message);
  return writer.finish();
}

function write(writer: WireWriter, schema: Schema, name: string, message: Message): void {
  for (const [number, row] of Object.entries(schema.messages[name]!)) {
    const value = message[jsonName(row)];
    if (value === undefined) continue;
    const at = Number(number);
    if (!row.isRepeated) {
      if (value !== ZERO[row.kind]) writeField(writer, schema, at, row.kind, value);
    } else if (wireTypeOf(row.kind, schema) === BYTES) {
      for (const item of value as Iterable<unknown>) writeField(writer, schema, at, row.kind, item);
    } else if ((value as ArrayLike<unknown>).length > 0) {
      const from = writer.open(at);
      for (const item of value as Iterable<unknown>) writeScalar(writer, row.kind, item);
      writer.close(from);
    }
  }
}

function writeField(writer: WireWriter, schema: Schema, at: number, kind: string, value: unknown): void {
  if (kind === "string") writer.bytesField(at, toUtf8.encode(value as string));
  else if (kind === "bytes") writer.bytesField(at, value as Uint8Array);
  else if (kind in schema.messages) {
    const from = writer.open(at);
    write(writer, schema, kind, value as Message);
    writer.close(from);
  } else {
    writer.reserve(10);
    writer.uint(at * 8 + wireTypeOf(kind, schema));
    writeScalar(writer, kind, value);
  }
}

function writeScalar(writer: WireWriter, kind: string, value: unknown): void {
  writer.reserve(10);
  if (kind === "double") {
    new DataView(writer.bytes.buffer, writer.bytes.byteOffset + writer.pos, 8).setFloat64(0, value as number, true);
    writer.pos += 8;
  } else if (typeof value === "number" && value >= 0) writer.uint(value);
  else {
    const bits = BigInt.asUintN(64, BigInt(value as number | bigint | boolean));
    writer.uint64(Number(bits & 0xffffffffn), Number(bits >> 32n));
  }
}
