// Hot: every row of a profile's tables passes here, 115,000 of them in 100 MB, which are decoded in 0.65 s. See
// bench/src/codec.ts.
import { ProfileError } from "../error.ts";
import type { UnknownRows } from "../profile.ts";
import { BYTES, VARINT, type WireReader } from "./wire.ts";

/** The messages of profile.proto with the numbers of their last known fields. */
export const LAST_FIELD = {
  Profile: 15,
  ValueType: 2,
  Sample: 3,
  Label: 4,
  Mapping: 10,
  Location: 5,
  Line: 3,
  Function: 5,
};
export type Message = keyof typeof LAST_FIELD;

/**
 * The number of the next field of a message, once its tag is read, where that is a varint (or, if it is `messageField`,
 * a message) that the model knows; 0 after a field that it does not know, which is kept in `unknown`.
 */
export function nextField(
  r: WireReader,
  message: Message,
  unknown: UnknownFields | undefined,
  row: number,
  messageField = 0,
): number {
  const at = r.pos;
  const tag = r.bytes[at]!;
  const field = tag >>> 3;
  if (tag >= 0x80 || field === 0 || field > LAST_FIELD[message]) {
    keepUnknown(r, message, unknown, row);
    return 0;
  }
  r.pos++;
  if ((tag & 7) !== (field === messageField ? BYTES : VARINT)) wrongWireType(r, message, field, tag & 7, at);
  return field;
}

/** Keeps a field that this version does not know, if it is to be kept, and refuses one that it knows in another shape. */
export function keepUnknown(r: WireReader, message: Message, unknown: UnknownFields | undefined, row: number): void {
  const at = r.pos;
  const tag = r.size();
  const field = fieldOf(r, tag, at);
  if (field <= LAST_FIELD[message]) wrongWireType(r, message, field, tag & 7, at);
  r.skip(tag & 7);
  unknown?.add(row, at, r.pos);
}

/** The field number of a tag that was read at `at`. */
export function fieldOf(r: WireReader, tag: number, at: number): number {
  const field = Math.floor(tag / 8);
  if (field === 0) r.fail("field number 0", at);
  if (field > 0x1fffffff) r.fail(`field number ${field} is above the largest, ${0x1fffffff}`, at);
  return field;
}

export function wrongWireType(r: WireReader, message: Message, field: number, wireType: number, at: number): never {
  r.fail(`field ${field} of ${message} has wire type ${wireType}`, at);
}

/** A row of the string table, which must be there; a profile without strings has row 0 all the same. */
export function checkString(row: number, strings: number, offset: number): number {
  if (row < strings || row === 0) return row;
  throw new ProfileError(`malformed profile: string ${row} is not in the string table of ${strings}`, { offset });
}

/** Starts and ends of messages or fields, alternating. */
export type Spans = number[];

/** Adds a span, as one with the last where it follows it. */
export function addSpan(spans: Spans, start: number, end: number): void {
  if (spans.at(-1) === start) spans[spans.length - 1] = end;
  else spans.push(start, end);
}

/** A copy of what lies in these spans. */
export function copySpans(bytes: Uint8Array, spans: Spans): Uint8Array {
  let size = 0;
  for (let i = 0; i < spans.length; i += 2) size += spans[i + 1]! - spans[i]!;
  const copy = new Uint8Array(size);
  let at = 0;
  for (let i = 0; i < spans.length; i += 2) {
    copy.set(bytes.subarray(spans[i]!, spans[i + 1]!), at);
    at += spans[i + 1]! - spans[i]!;
  }
  return copy;
}

/** The unknown fields of a table's rows, which are read in order; all are copied into one array, which rows share. */
export class UnknownFields {
  readonly #bytes: Uint8Array;
  readonly #spans: Spans = [];
  /** Rows with unknown fields, and how many bytes of them there are up to the end of each row, alternating. */
  readonly #rows: number[] = [];
  #size = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Adds the field at `start` to what is unknown of a row. */
  add(row: number, start: number, end: number): void {
    addSpan(this.#spans, start, end);
    this.#size += end - start;
    if (this.#rows.at(-2) === row) this.#rows[this.#rows.length - 1] = this.#size;
    else this.#rows.push(row, this.#size);
  }

  get isEmpty(): boolean {
    return this.#spans.length === 0;
  }

  finish(): UnknownRows {
    const fields = copySpans(this.#bytes, this.#spans);
    const rows = new Map<number, Uint8Array>();
    let from = 0;
    for (let i = 0; i < this.#rows.length; i += 2) {
      rows.set(this.#rows[i]!, fields.subarray(from, this.#rows[i + 1]!));
      from = this.#rows[i + 1]!;
    }
    return rows;
  }
}
