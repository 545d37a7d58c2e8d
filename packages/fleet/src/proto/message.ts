/** What a field holds: a scalar, the name of an enumeration, or the name of a message. */
export interface Field {
  /** As the schema spells it. */
  readonly name: string;
  readonly kind: string;
  readonly isRepeated?: boolean;
}

/** The fields of messages by their numbers, and the names of enumerations' values in order. */
export interface Schema {
  readonly messages: Readonly<Record<string, Readonly<Record<number, Field>>>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
}

/**
 * A message in memory, by the names that its JSON has: numbers, and bigints of what is no exact number, texts, bytes, lists
 * of them and messages. One that was read has all of its scalars and lists, empty where nothing came.
 */
export type Message = Readonly<Record<string, unknown>>;

/** A row of a schema: `field("start", "int64")`. */
export function field(name: string, kind: string): Field {
  return { name, kind };
}

/** The same of a list. */
export function list(name: string, kind: string): Field {
  return { name, kind, isRepeated: true };
}

/** What JSON calls a field: `label_selector` is `labelSelector`. */
export function jsonName({ name }: Field): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** Messages in messages: no schema here has more. */
export const DEEPEST = 16;

/** The scalars, and what they are where nothing came. */
export const ZERO: Readonly<Record<string, unknown>> = {
  int64: 0,
  uint64: 0,
  uint32: 0,
  bool: false,
  double: 0,
  string: "",
  bytes: new Uint8Array(0),
};

/** What the scalars and lists of a message are where nothing came. */
export function emptyMessage(schema: Schema, name: string): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  for (const row of Object.values(schema.messages[name]!)) {
    if (row.isRepeated) message[jsonName(row)] = [];
    else if (row.kind in ZERO) message[jsonName(row)] = ZERO[row.kind];
    else if (row.kind in schema.enums) message[jsonName(row)] = 0;
  }
  return message;
}

/** An integer as a number where that is exact. */
export function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
