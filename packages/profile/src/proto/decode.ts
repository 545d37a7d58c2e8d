// Hot: finding the samples of 100 MB takes 12 ms this way, 70 ms by a `WireReader`; see bench/src/codec.ts.

import { ProfileError } from "../error.ts";
import { type LocationTable, MAX_SAMPLE_TYPES, type Profile, type SampleTable, type ValueType } from "../profile.ts";
import { areRowNumbers } from "../validate.ts";
import {
  addSpan,
  checkString,
  copySpans,
  fieldOf,
  LAST_FIELD,
  nextField,
  type Spans,
  wrongWireType,
} from "./fields.ts";
import { SampleColumns, type SampleRun } from "./samples.ts";
import { decodeFunctions, decodeLocations, decodeMappings, decodeStrings, rowsById } from "./tables.ts";
import { BYTES, VARINT, WireReader } from "./wire.ts";

/**
 * Decodes an uncompressed profile.proto message; the profile keeps no reference to `bytes`.
 *
 * A reference to a mapping or function that is not there reads as none, as the reference tool has it. Anything else that
 * cannot be held in the model is a `ProfileError` with the byte it was found at: a broken field, a string or location
 * that does not exist, a sample with too few or too many values. Memory stays below 96 times the input and 1 MB.
 */
export function decode(bytes: Uint8Array): Profile {
  const layout = scan(bytes);
  const strings = decodeStrings(bytes, layout.strings);
  const text = (row: number, offset: number): string => strings.getExact(checkString(row, strings.length, offset));
  const valueType = (start: number, end: number): ValueType => {
    const rows = [0, 0];
    const r = new WireReader(bytes, start, end);
    while (r.pos < r.end) {
      const field = nextField(r, "ValueType", undefined, 0);
      if (field > 0) rows[field - 1] = r.size();
    }
    return { type: text(rows[0]!, start), unit: text(rows[1]!, start) };
  };
  const { header, periodType } = layout;
  const sampleTypes: ValueType[] = [];
  for (let i = 0; i < layout.sampleTypes.length; i += 2) {
    if (sampleTypes.length === MAX_SAMPLE_TYPES) {
      throw new ProfileError(`more than ${MAX_SAMPLE_TYPES} sample types`, { offset: layout.sampleTypes[i]! });
    }
    sampleTypes.push(valueType(layout.sampleTypes[i]!, layout.sampleTypes[i + 1]!));
  }
  const mappings = decodeMappings(bytes, layout.mappings, strings.length);
  const functions = decodeFunctions(bytes, layout.functions, strings.length);
  const locations = decodeLocations(bytes, layout.locations, rowsById(mappings.id), rowsById(functions.id));
  return {
    sampleTypes,
    defaultSampleType: text(header.defaultSampleType, 0),
    samples: decodeSamples(bytes, layout.samples, sampleTypes.length, locations, strings.length),
    mappings,
    locations,
    functions,
    strings,
    dropFrames: text(header.dropFrames, 0),
    keepFrames: text(header.keepFrames, 0),
    timeNanos: header.timeNanos,
    durationNanos: header.durationNanos,
    periodType: periodType.length === 0 ? undefined : valueType(periodType[0]!, periodType[1]!),
    period: header.period,
    comments: header.comments.map((row) => text(row, 0)),
    docUrl: text(header.docUrl, 0),
    unknownFields: copySpans(bytes, layout.unknown),
  };
}

function decodeSamples(
  bytes: Uint8Array,
  run: SampleRun,
  types: number,
  locations: LocationTable,
  strings: number,
): SampleTable {
  if (areRowNumbers(locations.id)) {
    const samples = new SampleColumns(types, strings, run.bytes);
    samples.read(bytes, run);
    if (samples.fits(locations.length, strings)) return samples.finish();
  }
  // An id that is looked up can be told from one that is not there.
  const samples = new SampleColumns(types, strings, run.bytes, rowsById(locations.id));
  samples.read(bytes, run);
  return samples.finish();
}

/** Where everything is in the bytes, from one pass over the top level. */
interface Layout {
  readonly samples: SampleRun;
  readonly sampleTypes: Spans;
  readonly mappings: Spans;
  readonly locations: Spans;
  readonly functions: Spans;
  readonly strings: Spans;
  readonly periodType: Spans;
  readonly header: Header;
  readonly unknown: Spans;
}

interface Header {
  dropFrames: number;
  keepFrames: number;
  timeNanos: bigint;
  durationNanos: bigint;
  period: bigint;
  readonly comments: number[];
  defaultSampleType: number;
  docUrl: number;
}

function scan(bytes: Uint8Array): Layout {
  const sampleTypes: Spans = [];
  const mappings: Spans = [];
  const locations: Spans = [];
  const functions: Spans = [];
  const strings: Spans = [];
  const unknown: Spans = [];
  let count = 0;
  let sampleBytes = 0;
  let firstSample = -1;
  let lastSample = 0;
  let periodType: Spans = [];
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
  let pos = 0;
  while (pos < bytes.length) {
    const at = pos;
    const tag = bytes[pos++]!;
    if (tag >= 0x80 || (tag & 7) !== BYTES || tag > ((6 << 3) | BYTES)) {
      r.pos = at;
      const end = readHeader(r, header, unknown);
      if (end > 0) periodType = [r.pos, end];
      pos = Math.max(end, r.pos);
      continue;
    }
    let length = bytes[pos++]!;
    if (length >= 0x80) {
      const second = bytes[pos++]!;
      length = (length & 0x7f) | (second << 7);
      if (second >= 0x80) {
        r.pos = at + 1;
        length = r.size();
        pos = r.pos;
      }
    }
    const end = pos + length;
    if (!(end <= bytes.length)) {
      r.pos = at + 1;
      r.byteLength();
    }
    const field = tag >>> 3;
    if (field === 2) {
      count++;
      sampleBytes += length;
      if (firstSample < 0) firstSample = at;
      lastSample = end;
    } else if (field === 6) strings.push(pos, end);
    else if (field === 4) locations.push(pos, end);
    else if (field === 5) functions.push(pos, end);
    else if (field === 3) mappings.push(pos, end);
    else if (field === 1) sampleTypes.push(pos, end);
    else r.fail("field number 0", at);
    pos = end;
  }
  const samples = { count, bytes: sampleBytes, start: Math.max(firstSample, 0), end: lastSample };
  return { samples, sampleTypes, mappings, locations, functions, strings, periodType, header, unknown };
}

/** Reads a field that is there once; for the one message among them, gives back where it ends, else 0. */
function readHeader(r: WireReader, header: Header, unknown: Spans): number {
  const at = r.pos;
  const tag = r.size();
  const field = fieldOf(r, tag, at);
  const wireType = tag & 7;
  if (field > LAST_FIELD.Profile) {
    r.skip(wireType);
    addSpan(unknown, at, r.pos);
    return 0;
  }
  if (field === 13 && wireType === BYTES) {
    const end = r.byteLength() + r.pos;
    const whole = r.end;
    r.end = end;
    while (r.pos < end) header.comments.push(r.size());
    r.end = whole;
    return 0;
  }
  if (wireType !== (field <= 6 || field === 11 ? BYTES : VARINT)) wrongWireType(r, "Profile", field, wireType, at);
  if (field === 11) return r.byteLength() + r.pos;
  if (field <= 6) r.fail(`the tag of field ${field} is longer than it need be`, at);
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
  return 0;
}

function int64(r: WireReader): bigint {
  return BigInt.asIntN(64, (BigInt(r.hi >>> 0) << 32n) | BigInt(r.lo >>> 0));
}
