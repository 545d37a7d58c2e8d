import {
  checkString,
  eachField,
  int64,
  LAST_FIELD,
  readTag,
  type Span,
  type Spans,
  wrongWireType,
} from "./decode/fields.ts";
import { decodeSamples, type SampleLayout } from "./decode/samples.ts";
import { decodeFunctions, decodeLocations, decodeMappings, decodeStrings } from "./decode/tables.ts";
import { ProfileError } from "./error.ts";
import type { Profile, ValueType } from "./profile.ts";
import { BYTES, concat, VARINT, WireReader } from "./wire.ts";

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

/** Where everything is in the bytes, from one pass over the top level. */
interface Layout extends SampleLayout {
  readonly sampleTypes: Span[];
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
