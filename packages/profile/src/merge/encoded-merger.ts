// Hot: 1,000 profiles of 74 kB are merged in 1.7 s, gunzip included; Go takes 8. See bench/src/codec.ts.

import { ProfileError } from "../error.ts";
import { grown } from "../grown.ts";
import type { Profile } from "../profile.ts";
import { irregular } from "../proto/irregular.ts";
import { readRows } from "../proto/samples.ts";
import { BYTES } from "../proto/wire.ts";
import { finishMerge } from "./merge.ts";
import { FUNCTION, LABEL, LINE, MAPPING, MergeTables } from "./merge-tables.ts";
import { clear, OWN_FUNCTION, OWN_LINE, OWN_LOCATION, RegularMessage, Rows, required } from "./regular-message.ts";

/** Words of a label of a message. */
const OWN_LABEL = 5;

const LOCATION = 1 << 3;
const PACKED_LOCATIONS = (1 << 3) | BYTES;
const VALUE = 2 << 3;
const PACKED_VALUES = (2 << 3) | BYTES;
const LABELS = (3 << 3) | BYTES;

/**
 * Merges uncompressed profile.proto messages as they come, with the result of `merge`, but without decoding each into
 * columns of its own: what is read goes from the bytes, by arrays that all messages share, into the merged tables.
 */
export class EncodedMerger {
  readonly #message = new RegularMessage();
  readonly #labels = new Rows(OWN_LABEL);
  /** The merged rows of strings, mappings, functions and locations; -1 for those that were not needed yet. */
  readonly #string = new MergedRows();
  readonly #mapping = new MergedRows();
  readonly #function = new MergedRows();
  readonly #location = new MergedRows();
  #stack = new Uint32Array(1 << 8);
  readonly #largest = new Uint32Array(1);
  #values = new Uint32Array(0);
  #tuple = new Uint32Array(1 << 8);
  #locationTuple = new Uint32Array(1 << 6);
  readonly #functionTuple = new Uint32Array(FUNCTION);
  #tables: MergeTables | undefined;
  #types = 0;
  #hasMappings = false;
  /** Texts of the header, as merged rows of strings. */
  #sampleTypes: number[] = [];
  #periodType: number[] = [];
  #frames: number[] = [];
  readonly #comments = new Set<number>();
  #defaultSampleType = 0;
  #docUrl = 0;
  #timeNanos = 0n;
  #durationNanos = 0n;
  #period = 0n;

  /**
   * Adds a message. False where it is not as nearly all producers write it (rows numbered from 1, values not negative, no
   * fields of later versions), differs from the first in its types, in having a time or in having mappings, or is
   * broken: `decode` and `merge` are for those, and this merger is of no more use.
   */
  add(message: Uint8Array): boolean {
    // A plain array, also of what is a `Buffer`: a loop over one kind of array can be compiled for that kind.
    const bytes = new Uint8Array(message.buffer, message.byteOffset, message.length);
    try {
      const message = this.#message;
      message.read(bytes);
      this.#tables ??= this.#begin();
      const tables = this.#tables;
      this.#string.clear(message.spans[6]!.length);
      this.#mapping.clear(message.spans[3]!.length);
      this.#function.clear(message.spans[5]!.length);
      this.#location.clear(message.spans[4]!.length);
      this.#mergeHeader();
      // The first mapping of all stays first.
      if (this.#mapping.length > 0 && !tables.hasMappings) this.#mergeMapping(0);
      this.#mergeSamples(tables);
      return true;
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      return false;
    }
  }

  /** The profile that `merge` makes of all that were added. */
  finish(): Profile {
    const tables = this.#tables;
    if (tables === undefined) throw new ProfileError("no profiles to merge");
    const strings = tables.strings.finish();
    const text = (row: number): string => strings.getExact(row);
    const type = (rows: number[], i: number) => ({ type: text(rows[i]!), unit: text(rows[i + 1]!) });
    return finishMerge(
      {
        sampleTypes: Array.from({ length: this.#types }, (_, i) => type(this.#sampleTypes, 2 * i)),
        periodType: type(this.#periodType, 0),
        dropFrames: text(this.#frames[0]!),
        keepFrames: text(this.#frames[1]!),
        comments: [...this.#comments].map(text),
        defaultSampleType: text(this.#defaultSampleType),
        docUrl: text(this.#docUrl),
        timeNanos: this.#timeNanos,
        durationNanos: BigInt.asIntN(64, this.#durationNanos),
        period: this.#period,
        unknownFields: new Uint8Array(0),
      },
      tables,
    );
  }

  #begin(): MergeTables {
    this.#types = this.#message.spans[1]!.length;
    if (this.#types === 0) irregular();
    this.#values = new Uint32Array(2 * this.#types);
    return new MergeTables(this.#types);
  }

  #mergeHeader(): void {
    const { numbers, bigs, comments } = this.#message.header;
    const types = this.#message.spans[1]!;
    const periods = this.#message.spans[11]!;
    const texts = (rows: Rows, row: number): [number, number] => {
      this.#message.readMessage(rows, row, 2);
      return [this.#text(this.#message.text(1)), this.#text(this.#message.text(2))];
    };
    const sampleTypes: number[] = [];
    for (let i = 0; i < types.length; i++) sampleTypes.push(...texts(types, i));
    const periodType = periods.length === 0 ? [0, 0] : texts(periods, periods.length - 1);
    const frames = [this.#text(numbers[7]!), this.#text(numbers[8]!)];
    const timeNanos = bigs[9]!;
    if (this.#sampleTypes.length === 0) {
      this.#sampleTypes = sampleTypes;
      this.#periodType = periodType;
      this.#frames = frames;
      this.#hasMappings = this.#message.spans[3]!.length > 0;
      this.#timeNanos = timeNanos;
    }
    if (!isEqual(sampleTypes, this.#sampleTypes) || !isEqual(periodType, this.#periodType)) irregular();
    // Where the time of some is unknown, it counts in which groups profiles are merged.
    if ((timeNanos === 0n) !== (this.#timeNanos === 0n)) irregular();
    if (timeNanos < this.#timeNanos) this.#timeNanos = timeNanos;
    if (this.#period === 0n || this.#period < bigs[12]!) this.#period = bigs[12]!;
    this.#durationNanos += bigs[10]!;
    for (const row of comments) this.#comments.add(this.#text(row));
    this.#defaultSampleType ||= this.#text(numbers[14]!);
    this.#docUrl ||= this.#text(numbers[15]!);
    if (this.#hasMappings !== this.#message.spans[3]!.length > 0) irregular();
  }

  #mergeSamples(tables: MergeTables): void {
    const r = this.#message.r;
    const { bytes } = r;
    const messages = this.#message.spans[2]!;
    const locations = this.#location.length;
    const location = this.#location.rows;
    const values = this.#values;
    const labels = this.#labels;
    for (let row = 0; row < messages.length; row++) {
      let pos = messages.words[2 * row]!;
      const end = messages.words[2 * row + 1]!;
      let depth = 0;
      let value = 0;
      let bits = 0;
      this.#largest[0] = 0;
      labels.length = 0;
      while (pos < end) {
        const tag = bytes[pos++]!;
        let fieldEnd = end;
        if (tag === PACKED_LOCATIONS || tag === LABELS || tag === PACKED_VALUES) {
          let size = bytes[pos++]!;
          if (size >= 0x80) {
            r.pos = pos - 1;
            r.end = end;
            size = r.size();
            pos = r.pos;
          }
          fieldEnd = pos + size;
          if (!(fieldEnd <= end)) irregular();
        }
        if (tag === PACKED_LOCATIONS || tag === LOCATION) {
          if (tag === LOCATION) {
            fieldEnd = pos + 1;
            while (bytes[fieldEnd - 1]! >= 0x80) fieldEnd++;
          }
          const most = depth + fieldEnd - pos;
          if (most > this.#stack.length) this.#stack = grown(this.#stack, Uint32Array, most);
          depth = readRows(bytes, pos, fieldEnd, this.#largest, this.#stack, depth);
          if (depth < 0) irregular();
          pos = fieldEnd;
        } else if (tag === VALUE || tag === PACKED_VALUES) {
          r.pos = pos;
          r.end = fieldEnd;
          do {
            if (r.pos >= fieldEnd && tag === PACKED_VALUES) break;
            r.varint();
            // Values that cancel out would leave rows that nothing needs.
            if (r.hi < 0 || value >= values.length) irregular();
            values[value] = r.lo;
            values[value + 1] = r.hi;
            bits |= r.lo | r.hi;
            value += 2;
          } while (tag === PACKED_VALUES);
          pos = r.pos;
        } else if (tag === LABELS) {
          this.#readLabel(pos, fieldEnd);
          pos = fieldEnd;
        } else irregular();
      }
      if (pos !== end || value !== values.length || (depth > 0 && this.#largest[0]! >= locations)) irregular();
      if (bits === 0) continue;
      const size = 2 + depth + LABEL * labels.length;
      if (size > this.#tuple.length) this.#tuple = grown(this.#tuple, Uint32Array, size);
      const tuple = this.#tuple;
      const stack = this.#stack;
      tuple[0] = depth;
      tuple[1] = 0;
      let at = 2;
      for (let i = 0; i < depth; i++) {
        const own = stack[i]!;
        const merged = location[own]!;
        tuple[at++] = merged < 0 ? this.#mergeLocation(own) : merged;
      }
      for (let label = 0; label < labels.length; label++) {
        const from = OWN_LABEL * label;
        tuple[at] = this.#text(labels.words[from]!);
        tuple[at + 1] = this.#text(labels.words[from + 1]!);
        tuple[at + 2] = labels.words[from + 2]!;
        tuple[at + 3] = labels.words[from + 3]!;
        tuple[at + 4] = this.#text(labels.words[from + 4]!);
        tuple[at + 5] = 0;
        at += LABEL;
      }
      tables.addSample(tuple, size, values);
    }
  }

  /** Reads a label that holds something to its place: text before numbers, each by key. */
  #readLabel(pos: number, end: number): void {
    const fields = this.#message.fields;
    clear(fields, 10);
    if (this.#message.readFields(pos, end, 4, fields) !== end) irregular();
    const key = this.#message.text(1);
    const str = this.#message.text(2);
    const unit = this.#message.text(4);
    const isText = str !== 0;
    if (!isText && fields[6] === 0 && fields[7] === 0 && unit === 0) return;
    const labels = this.#labels;
    labels.next();
    const { words } = labels;
    let at = OWN_LABEL * (labels.length - 1);
    for (; at > 0; at -= OWN_LABEL) {
      const before = at - OWN_LABEL;
      const isTextBefore = words[before + 1] !== 0;
      if (isTextBefore !== isText ? isTextBefore : this.#compare(words[before]!, key) <= 0) break;
      words.copyWithin(at, before, at);
    }
    words[at] = key;
    words[at + 1] = str;
    words[at + 2] = fields[6]!;
    words[at + 3] = fields[7]!;
    words[at + 4] = unit;
  }

  /** The order of two strings of this message, by bytes. */
  #compare(a: number, b: number): number {
    if (a === b) return 0;
    const { bytes } = this.#message.r;
    const { words } = this.#message.spans[6]!;
    const [fromA, toA, fromB, toB] = [words[2 * a]!, words[2 * a + 1]!, words[2 * b]!, words[2 * b + 1]!];
    for (let i = 0; fromA + i < toA && fromB + i < toB; i++) {
      const difference = bytes[fromA + i]! - bytes[fromB + i]!;
      if (difference !== 0) return difference;
    }
    return toA - fromA - (toB - fromB);
  }

  #mergeLocation(row: number): number {
    const own = this.#message.locations.words;
    const lines = this.#message.lines.words;
    const from = OWN_LOCATION * row;
    const first = own[from + 4]!;
    const count = own[from + OWN_LOCATION + 4]! - first;
    const mapping = own[from + 2]! - 1;
    const size = 5 + LINE * count;
    if (size > this.#locationTuple.length) this.#locationTuple = grown(this.#locationTuple, Uint32Array, size);
    const tuple = this.#locationTuple;
    let startLow = 0;
    let startHigh = 0;
    tuple[2] = 0;
    if (mapping >= 0) {
      tuple[2] = this.#mergeMapping(mapping) + 1;
      startLow = this.#message.mappings.words[MAPPING * mapping]!;
      startHigh = this.#message.mappings.words[MAPPING * mapping + 1]!;
    }
    // Relative to its mapping, an address is the same wherever the binary was loaded.
    const low = own[from]! - startLow;
    tuple[0] = low;
    tuple[1] = own[from + 1]! - startHigh - (low < 0 ? 1 : 0);
    tuple[3] = own[from + 3]!;
    tuple[4] = 0;
    for (let i = 0; i < count; i++) {
      const line = OWN_LINE * (first + i);
      const at = 5 + LINE * i;
      tuple[at] = this.#mergeFunction(lines[line]!) + 1;
      for (let k = 1; k < 5; k++) tuple[at + k] = lines[line + k]!;
      tuple[at + 5] = 0;
    }
    const merged = this.#tables!.locations.row(tuple, size);
    this.#location.rows[row] = merged;
    return merged;
  }

  #mergeFunction(row: number): number {
    const known = this.#function.rows[row]!;
    if (known >= 0) return known;
    const own = this.#message.functions.words;
    const from = OWN_FUNCTION * row;
    const tuple = this.#functionTuple;
    for (let i = 0; i < 3; i++) tuple[i] = this.#text(own[from + i]!);
    tuple[3] = own[from + 3]!;
    tuple[4] = own[from + 4]!;
    const merged = this.#tables!.functions.row(tuple, FUNCTION);
    this.#function.rows[row] = merged;
    return merged;
  }

  #mergeMapping(row: number): number {
    const known = this.#mapping.rows[row]!;
    if (known >= 0) return known;
    const fields = this.#message.mappings.words.slice(MAPPING * row, MAPPING * (row + 1));
    fields[6] = this.#text(fields[6]!);
    fields[7] = this.#text(fields[7]!);
    const merged = this.#tables!.mapping(fields, 0);
    this.#mapping.rows[row] = merged;
    return merged;
  }

  /** The merged row of a string. */
  #text(row: number): number {
    const known = this.#string.rows[required(row, this.#string.length)]!;
    if (known >= 0) return known;
    const { words } = this.#message.spans[6]!;
    const merged = this.#tables!.strings.row(this.#message.r.bytes, words[2 * row]!, words[2 * row + 1]!);
    this.#string.rows[row] = merged;
    return merged;
  }
}

/** For each row of a message that of the merged table; -1 for those that were not needed yet. */
class MergedRows {
  length = 0;
  rows = new Int32Array(1 << 8);

  clear(length: number): void {
    if (length > this.rows.length) this.rows = grown(this.rows, Int32Array, length);
    this.length = length;
    this.rows.fill(-1, 0, length);
  }
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}
