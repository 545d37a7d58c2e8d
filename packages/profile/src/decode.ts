// Hot: 100 MB of profile.proto should decode in less time than it takes to gunzip them; see bench/src/codec.ts.
import { ProfileError } from "./error.ts";
import type { FunctionTable, LocationTable, MappingTable, Profile, SampleTable, ValueType } from "./profile.ts";
import { StringTable } from "./strings.ts";
import { BYTES, concat, VARINT, WireReader } from "./wire.ts";

/** The messages of profile.proto with the numbers of their last known fields. */
const LAST_FIELD = { Profile: 15, ValueType: 2, Sample: 3, Label: 4, Mapping: 10, Location: 5, Line: 3, Function: 5 };
type Message = keyof typeof LAST_FIELD;

/**
 * Decodes an uncompressed profile.proto message; the profile keeps no reference to `bytes`.
 *
 * A reference to a mapping or function that is not there reads as none, as the reference tool has it. Anything else that
 * cannot be held in the model is a `ProfileError` with the byte it was found at: a broken field, a string or location
 * that does not exist, a sample with too few or too many values.
 */
export function decode(bytes: Uint8Array): Profile {
  const layout = scan(bytes);
  const strings = decodeStrings(bytes, layout.strings);
  const text = (row: number, offset: number): string => strings.get(checkString(row, strings.length, offset));
  const valueType = (span: Span): ValueType => {
    const rows = [0, 0];
    const r = new WireReader(bytes, span.start, span.end);
    eachField(r, "ValueType", undefined, 0, (field) => {
      rows[field - 1] = r.size();
    });
    return { type: text(rows[0]!, span.start), unit: text(rows[1]!, span.start) };
  };
  const sampleTypes = layout.sampleTypes.map(valueType);
  const mappings = decodeMappings(bytes, layout.mappings, strings.length);
  const functions = decodeFunctions(bytes, layout.functions, strings.length);
  const locations = decodeLocations(bytes, layout.locations, mappings, functions);
  const header = layout.header;
  return {
    sampleTypes,
    defaultSampleType: text(header.defaultSampleType, 0),
    samples: decodeSamples(bytes, layout, sampleTypes.length, locations, strings.length),
    mappings,
    locations,
    functions,
    strings,
    dropFrames: text(header.dropFrames, 0),
    keepFrames: text(header.keepFrames, 0),
    timeNanos: header.timeNanos,
    durationNanos: header.durationNanos,
    periodType: layout.periodType && valueType(layout.periodType),
    period: header.period,
    comments: header.comments.map((row) => text(row, 0)),
    docUrl: text(header.docUrl, 0),
    unknownFields: layout.unknownFields,
  };
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Starts and ends of the messages of one kind, alternating. */
type Spans = number[];

/** Where everything is in the bytes, from one pass over the top level. */
interface Layout {
  readonly sampleTypes: Span[];
  readonly sampleCount: number;
  readonly sampleBytes: number;
  readonly samples: Span;
  readonly mappings: Spans;
  readonly locations: Spans;
  readonly functions: Spans;
  readonly strings: Spans;
  readonly periodType: Span | undefined;
  readonly header: Header;
  readonly unknownFields: Uint8Array;
}

interface Header {
  dropFrames: number;
  keepFrames: number;
  timeNanos: bigint;
  durationNanos: bigint;
  period: bigint;
  comments: number[];
  defaultSampleType: number;
  docUrl: number;
}

function scan(bytes: Uint8Array): Layout {
  const sampleTypes: Span[] = [];
  const mappings: Spans = [];
  const locations: Spans = [];
  const functions: Spans = [];
  const strings: Spans = [];
  const unknown: Uint8Array[] = [];
  let sampleCount = 0;
  let sampleBytes = 0;
  let firstSample = -1;
  let lastSample = 0;
  let periodType: Span | undefined;
  const header: Header = {
    dropFrames: 0,
    keepFrames: 0,
    timeNanos: 0n,
    durationNanos: 0n,
    period: 0n,
    comments: [],
    defaultSampleType: 0,
    docUrl: 0,
  };
  const r = new WireReader(bytes);
  while (r.pos < r.end) {
    const at = r.pos;
    const { field, wireType } = readTag(r);
    if (field <= 6 || field === 11) {
      if (wireType !== BYTES) wrongWireType(r, "Profile", field, wireType, at);
      const length = r.byteLength();
      const start = r.pos;
      const end = start + length;
      r.pos = end;
      if (field === 2) {
        sampleCount++;
        sampleBytes += length;
        if (firstSample < 0) firstSample = at;
        lastSample = end;
      } else if (field === 1) sampleTypes.push({ start, end });
      else if (field === 3) mappings.push(start, end);
      else if (field === 4) locations.push(start, end);
      else if (field === 5) functions.push(start, end);
      else if (field === 6) strings.push(start, end);
      else periodType = { start, end };
    } else if (field === 13 && wireType === BYTES) {
      const end = r.byteLength() + r.pos;
      while (r.pos < end) header.comments.push(r.size());
    } else if (field > LAST_FIELD.Profile) {
      r.skip(wireType);
      unknown.push(bytes.slice(at, r.pos));
    } else {
      if (wireType !== VARINT) wrongWireType(r, "Profile", field, wireType, at);
      const size = r.size();
      if (field === 7) header.dropFrames = size;
      else if (field === 8) header.keepFrames = size;
      else if (field === 9) {
        // The sign by which the reference tool tells two profiles glued together from one.
        if (header.timeNanos !== 0n) throw new ProfileError("concatenated profiles detected", { offset: at });
        header.timeNanos = int64(r);
      } else if (field === 10) header.durationNanos = int64(r);
      else if (field === 12) header.period = int64(r);
      else if (field === 13) header.comments.push(size);
      else if (field === 14) header.defaultSampleType = size;
      else header.docUrl = size;
    }
  }
  return {
    sampleTypes,
    sampleCount,
    sampleBytes,
    samples: { start: Math.max(firstSample, 0), end: lastSample },
    mappings,
    locations,
    functions,
    strings,
    periodType,
    header,
    unknownFields: concat(unknown),
  };
}

function decodeStrings(bytes: Uint8Array, spans: Spans): StringTable {
  if (spans.length === 0) return new StringTable(new Uint8Array(0), new Uint32Array(2));
  if (spans[0] !== spans[1]) {
    throw new ProfileError('malformed profile: the first string of the string table is not ""', { offset: spans[0]! });
  }
  let size = 0;
  for (let i = 0; i < spans.length; i += 2) size += spans[i + 1]! - spans[i]!;
  const copy = new Uint8Array(size);
  const start = new Uint32Array(spans.length / 2 + 1);
  let at = 0;
  for (let i = 0; i < spans.length; i += 2) {
    const from = spans[i]!;
    const to = spans[i + 1]!;
    if (to - from < 24) for (let k = from; k < to; ) copy[at++] = bytes[k++]!;
    else {
      copy.set(bytes.subarray(from, to), at);
      at += to - from;
    }
    start[i / 2 + 1] = at;
  }
  return new StringTable(copy, start);
}

function decodeMappings(bytes: Uint8Array, spans: Spans, strings: number): MappingTable {
  const length = spans.length / 2;
  const id = new BigUint64Array(length);
  const start = new BigUint64Array(length);
  const limit = new BigUint64Array(length);
  const offset = new BigUint64Array(length);
  const filename = new Uint32Array(length);
  const buildId = new Uint32Array(length);
  const flags = [0, 0, 0, 0].map(() => new Uint8Array(length));
  const unknownFields = new Map<number, Uint8Array>();
  const wide = [id, start, limit, offset];
  const r = new WireReader(bytes);
  for (let row = 0; row < length; row++) {
    r.pos = spans[2 * row]!;
    r.end = spans[2 * row + 1]!;
    eachField(r, "Mapping", unknownFields, row, (field, at) => {
      const value = r.size();
      if (field <= 4) wide[field - 1]![row] = uint64(r);
      else if (field === 5) filename[row] = checkString(value, strings, at);
      else if (field === 6) buildId[row] = checkString(value, strings, at);
      else flags[field - 7]![row] = value === 0 ? 0 : 1;
    });
  }
  const [hasFunctions, hasFilenames, hasLineNumbers, hasInlineFrames] = flags as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  return {
    length,
    id,
    start,
    limit,
    offset,
    filename,
    buildId,
    hasFunctions,
    hasFilenames,
    hasLineNumbers,
    hasInlineFrames,
    unknownFields,
  };
}

function decodeFunctions(bytes: Uint8Array, spans: Spans, strings: number): FunctionTable {
  const length = spans.length / 2;
  const id = new BigUint64Array(length);
  const name = new Uint32Array(length);
  const systemName = new Uint32Array(length);
  const filename = new Uint32Array(length);
  const startLine = new BigInt64Array(length);
  const unknownFields = new Map<number, Uint8Array>();
  const r = new WireReader(bytes);
  for (let row = 0; row < length; row++) {
    r.pos = spans[2 * row]!;
    r.end = spans[2 * row + 1]!;
    eachField(r, "Function", unknownFields, row, (field, at) => {
      const value = r.size();
      if (field === 1) id[row] = uint64(r);
      else if (field === 2) name[row] = checkString(value, strings, at);
      else if (field === 3) systemName[row] = checkString(value, strings, at);
      else if (field === 4) filename[row] = checkString(value, strings, at);
      else startLine[row] = int64(r);
    });
  }
  return { length, id, name, systemName, filename, startLine, unknownFields };
}

function decodeLocations(
  bytes: Uint8Array,
  spans: Spans,
  mappings: MappingTable,
  functions: FunctionTable,
): LocationTable {
  const length = spans.length / 2;
  const mappingRow = rowsById(mappings.id);
  const functionRow = rowsById(functions.id);
  const id = new BigUint64Array(length);
  const mapping = new Int32Array(length).fill(-1);
  const address = new BigUint64Array(length);
  const isFolded = new Uint8Array(length);
  const lineStart = new Uint32Array(length + 1);
  const unknownFields = new Map<number, Uint8Array>();
  const lineUnknown = new Map<number, Uint8Array>();
  const lineFunction: number[] = [];
  const lineNumber: bigint[] = [];
  const lineColumn: bigint[] = [];
  const r = new WireReader(bytes);
  const lr = new WireReader(bytes);
  for (let row = 0; row < length; row++) {
    r.pos = spans[2 * row]!;
    r.end = spans[2 * row + 1]!;
    eachField(
      r,
      "Location",
      unknownFields,
      row,
      (field) => {
        const value = r.size();
        if (field === 1) id[row] = uint64(r);
        else if (field === 2) mapping[row] = mappingRow(value, r);
        else if (field === 3) address[row] = uint64(r);
        else isFolded[row] = value === 0 ? 0 : 1;
      },
      4,
      (start, end) => {
        const line = lineFunction.length;
        lineFunction.push(-1);
        lineNumber.push(0n);
        lineColumn.push(0n);
        lr.pos = start;
        lr.end = end;
        eachField(lr, "Line", lineUnknown, line, (field) => {
          const value = lr.size();
          if (field === 1) lineFunction[line] = functionRow(value, lr);
          else if (field === 2) lineNumber[line] = int64(lr);
          else lineColumn[line] = int64(lr);
        });
      },
    );
    lineStart[row + 1] = lineFunction.length;
  }
  return {
    length,
    id,
    mapping,
    address,
    isFolded,
    lineStart,
    lines: {
      length: lineFunction.length,
      function: Int32Array.from(lineFunction),
      line: BigInt64Array.from(lineNumber),
      column: BigInt64Array.from(lineColumn),
      unknownFields: lineUnknown,
    },
    unknownFields,
  };
}

function decodeSamples(
  bytes: Uint8Array,
  layout: Layout,
  types: number,
  locations: LocationTable,
  strings: number,
): SampleTable {
  const length = layout.sampleCount;
  const locationStart = new Uint32Array(length + 1);
  const labelStart = new Uint32Array(length + 1);
  const values = Array.from({ length: types }, () => new BigInt64Array(length));
  const words = values.map((column) => new Int32Array(column.buffer));
  const unknownFields = new Map<number, Uint8Array>();
  const labels = new LabelColumns(strings);
  const rowOf = rowsById(locations.id);
  const dense = rowOf.dense;
  // Half the bytes is a guess on the safe side of what real profiles hold; memory not written to costs nothing.
  let stack = new Uint32Array((layout.sampleBytes >> 1) + 16);
  let stackLength = 0;

  const r = new WireReader(bytes, layout.samples.start, layout.samples.end);
  const sub = new WireReader(bytes);
  let row = 0;
  while (r.pos < r.end) {
    const topTag = r.size();
    if (topTag !== ((2 << 3) | BYTES)) {
      r.skip(topTag & 7);
      continue;
    }
    const sampleAt = r.pos;
    const end = r.byteLength() + r.pos;
    let pos = r.pos;
    r.pos = end;
    let value = 0;
    while (pos < end) {
      const at = pos;
      const tag = bytes[pos++]!;
      let fieldEnd = end;
      if (tag === 0x0a || tag === 0x12 || tag === 0x1a) {
        let size = bytes[pos++]!;
        if (size >= 0x80) {
          sub.pos = pos - 1;
          sub.end = end;
          size = sub.size();
          pos = sub.pos;
        }
        fieldEnd = pos + size;
        if (fieldEnd > end) r.fail(`truncated field: ${size} bytes announced, ${end - pos} left`, at);
      }
      if (tag === 0x0a || tag === 0x08) {
        const room = stackLength + (tag === 0x0a ? fieldEnd - pos : 1);
        if (room > stack.length) {
          const larger = new Uint32Array(Math.max(room, Math.ceil(stack.length * 1.5)));
          larger.set(stack);
          stack = larger;
        }
        do {
          if (pos >= fieldEnd) break;
          let id = bytes[pos++]!;
          if (id >= 0x80) {
            const second = bytes[pos++]!;
            id = (id & 0x7f) | ((second & 0x7f) << 7);
            if (second >= 0x80) {
              const third = bytes[pos++]!;
              id |= (third & 0x7f) << 14;
              if (third >= 0x80) {
                sub.pos = pos - 3;
                sub.end = fieldEnd;
                id = sub.size();
                pos = sub.pos;
              }
            }
          }
          let found = id < dense.length ? dense[id]! : -1;
          if (found < 0) {
            found = rowOf(id, sub);
            if (found < 0) r.fail(`sample ${row} has location ${id}, which is not in the profile`, at);
          }
          stack[stackLength++] = found;
        } while (tag === 0x0a);
        if (pos > fieldEnd) r.fail("truncated varint", at);
      } else if (tag === 0x12 || tag === 0x10) {
        sub.pos = pos;
        sub.end = fieldEnd;
        do {
          if (sub.pos >= fieldEnd) break;
          sub.varint();
          if (value < types) {
            const column = words[value]!;
            column[2 * row] = sub.lo;
            column[2 * row + 1] = sub.hi;
          }
          value++;
        } while (tag === 0x12);
        pos = sub.pos;
      } else if (tag === 0x1a) {
        sub.pos = pos;
        sub.end = fieldEnd;
        labels.read(sub);
        pos = fieldEnd;
      } else {
        sub.pos = at;
        sub.end = end;
        readUnknown(sub, "Sample", unknownFields, row);
        pos = sub.pos;
      }
    }
    if (value !== types) {
      r.fail(`mismatch: sample has ${value} values vs. ${types} types`, sampleAt);
    }
    row++;
    locationStart[row] = stackLength;
    labelStart[row] = labels.length;
  }
  return {
    length,
    locationStart,
    locations: stack.subarray(0, stackLength),
    values,
    labelStart,
    labels: labels.finish(),
    unknownFields,
  };
}

/** The label rows while they are read: their number is not known before. */
class LabelColumns {
  length = 0;
  readonly #strings: number;
  #rows = new Uint32Array(3 * 64);
  #num = new BigInt64Array(64);
  #words = new Int32Array(this.#num.buffer);
  readonly #unknown = new Map<number, Uint8Array>();

  constructor(strings: number) {
    this.#strings = strings;
  }

  read(r: WireReader): void {
    if (this.length === this.#num.length) this.#grow();
    const row = this.length++;
    const bytes = r.bytes;
    while (r.pos < r.end) {
      const at = r.pos;
      const tag = bytes[at]!;
      if (tag === 0x18) {
        r.pos++;
        r.varint();
        this.#words[2 * row] = r.lo;
        this.#words[2 * row + 1] = r.hi;
      } else if (tag === 0x08 || tag === 0x10 || tag === 0x20) {
        r.pos++;
        const column = tag === 0x08 ? 0 : tag === 0x10 ? 1 : 2;
        this.#rows[3 * row + column] = checkString(r.size(), this.#strings, at);
      } else readUnknown(r, "Label", this.#unknown, row);
    }
  }

  finish(): SampleTable["labels"] {
    const column = (k: number): Uint32Array =>
      Uint32Array.from({ length: this.length }, (_, i) => this.#rows[3 * i + k]!);
    return {
      length: this.length,
      key: column(0),
      str: column(1),
      num: this.#num.slice(0, this.length),
      numUnit: column(2),
      unknownFields: this.#unknown,
    };
  }

  #grow(): void {
    const rows = new Uint32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
    const num = new BigInt64Array(this.#num.length * 2);
    num.set(this.#num);
    this.#num = num;
    this.#words = new Int32Array(num.buffer);
  }
}

/** Reads every field of the message in `r`: varints by `onVarint`, the one field of messages (if any) by `onMessage`. */
function eachField(
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
function readUnknown(r: WireReader, message: Message, unknown: Map<number, Uint8Array> | undefined, row: number): void {
  const at = r.pos;
  const { field, wireType } = readTag(r);
  if (field <= LAST_FIELD[message] || unknown === undefined) wrongWireType(r, message, field, wireType, at);
  r.skip(wireType);
  const field_ = r.bytes.slice(at, r.pos);
  const before = unknown.get(row);
  unknown.set(row, before === undefined ? field_ : concat([before, field_]));
}

function readTag(r: WireReader): { field: number; wireType: number } {
  const at = r.pos;
  const tag = r.size();
  const field = Math.floor(tag / 8);
  if (field === 0) r.fail("field number 0", at);
  if (field > 0x1fffffff) r.fail(`field number ${field} is above the largest, ${0x1fffffff}`, at);
  return { field, wireType: tag & 7 };
}

function wrongWireType(r: WireReader, message: Message, field: number, wireType: number, at: number): never {
  r.fail(`field ${field} of ${message} has wire type ${wireType}`, at);
}

function checkString(row: number, strings: number, offset: number): number {
  if (row < strings || row === 0) return row;
  throw new ProfileError(`malformed profile: string ${row} is not in the string table of ${strings}`, { offset });
}

/** From an id to the row that bears it: a dense table where ids are small, a map for the rest. */
interface RowsById {
  /** The row of the id just read by `r`, whose value as a number is `id`; -1 where no row bears it, or id 0. */
  (id: number, r: WireReader): number;
  readonly dense: Int32Array;
}

function rowsById(ids: BigUint64Array): RowsById {
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

function uint64(r: WireReader): bigint {
  return r.hi === 0 ? BigInt(r.lo >>> 0) : (BigInt(r.hi >>> 0) << 32n) | BigInt(r.lo >>> 0);
}

function int64(r: WireReader): bigint {
  return BigInt.asIntN(64, uint64(r));
}
