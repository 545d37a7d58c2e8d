import { FleetError } from "../error.ts";
import { DEEPEST, emptyMessage, type Field, jsonName, type Message, narrowed, type Schema, ZERO } from "./message.ts";

/** The message of this name in a text of JSON, as protocol buffers map it; what is wrong with it is a `FleetError`. */
export function parseMessage(schema: Schema, name: string, text: string): Message {
  let value: unknown;
  try {
    value = JSON.parse(text === "" ? "{}" : text);
  } catch (cause) {
    throw new FleetError(`malformed message: ${(cause as Error).message}`, { cause });
  }
  return read(schema, name, value, 0);
}

function read(schema: Schema, name: string, value: unknown, depth: number): Message {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new FleetError(`malformed message: a ${name} is an object`);
  if (depth > DEEPEST) throw new FleetError(`malformed message: messages nest deeper than ${DEEPEST}`);
  const rows = new Map(
    Object.values(schema.messages[name]!).flatMap((row) => [row.name, jsonName(row)].map((key) => [key, row])),
  );
  const message = emptyMessage(schema, name);
  for (const [key, member] of Object.entries(value)) {
    const row = rows.get(key);
    // As protocol buffers have it, null is what is not there; a field of a later schema is passed over.
    if (row === undefined || member === null) continue;
    if (!row.isRepeated) message[jsonName(row)] = readValue(schema, row, member, depth);
    else if (Array.isArray(member)) message[jsonName(row)] = member.map((item) => readValue(schema, row, item, depth));
    else throw new FleetError(`malformed message: ${row.name} of ${name} is a list`);
  }
  return message;
}

function readValue(schema: Schema, row: Field, value: unknown, depth: number): unknown {
  const { kind } = row;
  if (kind in schema.messages) return read(schema, kind, value, depth + 1);
  const known = schema.enums[kind];
  const parsed = known === undefined ? parsers[kind]!(value) : parseEnum(known, value);
  if (parsed === undefined)
    throw new FleetError(
      `malformed message: ${row.name} is ${JSON.stringify(value).slice(0, 60)}, which is no ${kind}`,
    );
  return parsed;
}

function parseEnum(names: readonly string[], value: unknown): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? value : undefined;
  const row = names.indexOf(String(value));
  return row < 0 ? undefined : row;
}

function parseInteger(value: unknown): number | bigint | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? value : undefined;
  return typeof value === "string" && /^-?\d{1,20}$/.test(value) ? narrowed(BigInt(value)) : undefined;
}

const parsers: Readonly<Record<string, (value: unknown) => unknown>> = {
  int64: parseInteger,
  uint64: parseInteger,
  uint32: parseInteger,
  bool: (value) => (typeof value === "boolean" ? value : undefined),
  double: (value) => (Number.isFinite(Number(value)) && value !== "" ? Number(value) : undefined),
  string: (value) => (typeof value === "string" ? value : undefined),
  bytes: (value) => (typeof value === "string" ? Uint8Array.from(Buffer.from(value, "base64")) : undefined),
};

/** A message of this name as a text of JSON, without what is empty. */
export function printMessage(schema: Schema, name: string, message: Message): string {
  return JSON.stringify(printed(schema, name, message));
}

function printed(schema: Schema, name: string, message: Message): Message {
  const object: Record<string, unknown> = {};
  for (const row of Object.values(schema.messages[name]!)) {
    const value = message[jsonName(row)];
    if (value === undefined || value === ZERO[row.kind]) continue;
    if (!row.isRepeated) object[jsonName(row)] = printedValue(schema, row.kind, value);
    else if ((value as ArrayLike<unknown>).length > 0)
      object[jsonName(row)] = Array.from(value as ArrayLike<unknown>, (item) => printedValue(schema, row.kind, item));
  }
  return object;
}

function printedValue(schema: Schema, kind: string, value: unknown): unknown {
  if (kind in schema.messages) return printed(schema, kind, value as Message);
  if (kind === "bytes") return Buffer.from(value as Uint8Array).toString("base64");
  // Texts, for readers whose numbers are doubles.
  if (kind === "int64" || kind === "uint64") return String(value);
  return schema.enums[kind]?.[value as number] ?? value;
}
