import { ProfileError } from "../error.ts";
import { BYTES, concat, VARINT, type WireReader } from "../wire.ts";

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

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Starts and ends of the messages of one kind, alternating. */
export type Spans = number[];

/** Reads every field of the message in `r`: varints by `onVarint`, the one field of messages (if any) by `onMessage`. */
export function eachField(
  r: WireReader,
  message: Message,
  unknown: Map<number, Uint8Array> | undefined,
  row: number,
  onVarint: (field: number, at: number) => void,
  messageField = 0,
  onMessage: (start: number, end: number) => void = () => {},
): void {
  while (r.pos < r.end) {
    const at = r.pos;
    const tag = r.bytes[at]!;
    const field = tag >>> 3;
    if (tag >= 0x80 || field === 0 || field > LAST_FIELD[message]) {
      readUnknown(r, message, unknown, row);
      continue;
    }
    r.pos++;
    const wireType = tag & 7;
    if (wireType !== (field === messageField ? BYTES : VARINT)) wrongWireType(r, message, field, wireType, at);
    if (field === messageField) {
      const end = r.byteLength() + r.pos;
      onMessage(r.pos, end);
      r.pos = end;
    } else onVarint(field, at);
  }
}

/** Keeps a field that this version does not know, and refuses one that it knows in another shape. */
export function readUnknown(
  r: WireReader,
  message: Message,
  unknown: Map<number, Uint8Array> | undefined,
  row: number,
): void {
  const at = r.pos;
  const { field, wireType } = readTag(r);
  if (field <= LAST_FIELD[message] || unknown === undefined) wrongWireType(r, message, field, wireType, at);
  r.skip(wireType);
  const field_ = r.bytes.slice(at, r.pos);
  const before = unknown.get(row);
  unknown.set(row, before === undefined ? field_ : concat([before, field_]));
}

export function readTag(r: WireReader): { field: number; wireType: number } {
  const at = r.pos;
  const tag = r.size();
  const field = Math.floor(tag / 8);
  if (field === 0) r.fail("field number 0", at);
  if (field > 0x1fffffff) r.fail(`field number ${field} is above the largest, ${0x1fffffff}`, at);
  return { field, wireType: tag & 7 };
}

export function wrongWireType(r: WireReader, message: Message, field: number, wireType: number, at: number): never {
  r.fail(`field ${field} of ${message} has wire type ${wireType}`, at);
}

export function checkString(row: number, strings: number, offset: number): number {
  if (row < strings || row === 0) return row;
  throw new ProfileError(`malformed profile: string ${row} is not in the string table of ${strings}`, { offset });
}

/** From an id to the row that bears it: a dense table where ids are small, a map for the rest. */
export interface RowsById {
  /** The row of the id just read by `r`, whose value as a number is `id`; -1 where no row bears it, or id 0. */
  (id: number, r: WireReader): number;
  readonly dense: Int32Array;
}

export function rowsById(ids: BigUint64Array): RowsById {
  const limit = ids.length * 4 + 1024;
  let largest = 0;
  for (const id of ids) if (id < limit && id > largest) largest = Number(id);
  const dense = new Int32Array(largest + 1).fill(-1);
  const sparse = new Map<bigint, number>();
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!;
    if (id > largest) sparse.set(id, row);
    else if (id > 0n) dense[Number(id)] = row;
  }
  const lookup = (id: number, r: WireReader): number => {
    if (id <= largest) return dense[id]!;
    const exact = id <= Number.MAX_SAFE_INTEGER ? BigInt(id) : uint64(r);
    return sparse.get(exact) ?? -1;
  };
  return Object.assign(lookup, { dense });
}

export function uint64(r: WireReader): bigint {
  return r.hi === 0 ? BigInt(r.lo >>> 0) : (BigInt(r.hi >>> 0) << 32n) | BigInt(r.lo >>> 0);
}

export function int64(r: WireReader): bigint {
  return BigInt.asIntN(64, uint64(r));
}
