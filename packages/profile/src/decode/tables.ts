import { ProfileError } from "../error.ts";
import type { FunctionTable, LocationTable, MappingTable } from "../profile.ts";
import { StringTable } from "../strings.ts";
import { WireReader } from "../wire.ts";
import { checkString, eachField, int64, rowsById, type Spans, uint64 } from "./fields.ts";

export function decodeStrings(bytes: Uint8Array, spans: Spans): StringTable {
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

export function decodeMappings(bytes: Uint8Array, spans: Spans, strings: number): MappingTable {
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

export function decodeFunctions(bytes: Uint8Array, spans: Spans, strings: number): FunctionTable {
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

export function decodeLocations(
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
