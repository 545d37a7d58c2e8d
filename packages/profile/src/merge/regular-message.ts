// Hot: 1,000 profiles of 74 kB are merged in 1.7 s, gunzip included; Go takes 8. See bench/src/codec.ts.
import { grown } from "../grown.ts";
import { irregular } from "../proto/irregular.ts";
import { BYTES, VARINT, WireReader } from "../proto/wire.ts";
import { MAPPING } from "./merge-tables.ts";

/** Words of a function, a location and a line of a message (a mapping is as `MergeTables` takes it); 64-bit fields are two words, the low half first. */
export const OWN_FUNCTION = 5;
export const OWN_LOCATION = 5;
export const OWN_LINE = 5;

const LINES = (4 << 3) | BYTES;

/**
 * A message, as nearly all producers write it, in arrays that are used again for the next: where everything is in its
 * bytes, and its tables. Whatever is otherwise is a `ProfileError`.
 *
 * - a mapping: start, limit and offset, file and build id, the four flags
 * - a function: name, system name, file, start line
 * - a location: address, mapping plus one, folded, where its lines begin
 * - a line: function, line, column
 */
export class RegularMessage {
  r: WireReader = new WireReader(new Uint8Array(0));
  header: Header = { numbers: [], bigs: [], comments: [] };
  /** Where the messages of each field begin and end. */
  readonly spans: readonly Rows[] = Array.from({ length: 12 }, () => new Rows(2));
  /** The fields of the message that was read last, in halves: field f is at 2 f. */
  readonly fields: Uint32Array = new Uint32Array(22);
  readonly mappings: Rows = new Rows(MAPPING);
  readonly functions: Rows = new Rows(OWN_FUNCTION);
  readonly locations: Rows = new Rows(OWN_LOCATION);
  readonly lines: Rows = new Rows(OWN_LINE);
  readonly #lineFields = new Uint32Array(8);

  /** Reads all but the samples. */
  read(bytes: Uint8Array): void {
    this.r = new WireReader(bytes);
    this.header = this.#scan(bytes);
    this.#requireEmptyString();
    this.#readMappings();
    this.#readFunctions();
    this.#readLocations();
  }

  /** A field that is a row of the string table. */
  text(field: number): number {
    return required(this.small(field), this.spans[6]!.length);
  }

  /** Finds all messages, and gives back the fields of the header that are numbers. */
  #scan(bytes: Uint8Array): Header {
    const spans = this.spans;
    for (const each of spans) each.length = 0;
    const header: Header = { numbers: new Array(16).fill(0), bigs: new Array(16).fill(0n), comments: [] };
    const r = this.r;
    let pos = 0;
    while (pos < bytes.length) {
      const tag = bytes[pos++]!;
      const field = tag >>> 3;
      if (field === 0 || field > 15) irregular();
      if ((tag & 7) === VARINT && field >= 7 && field !== 11) {
        r.pos = pos;
        r.end = bytes.length;
        const number = r.size();
        pos = r.pos;
        if (field === 13) header.comments.push(number);
        // Two times are two profiles in one.
        else if (field === 9 && header.bigs[9] !== 0n) irregular();
        else {
          header.numbers[field] = number;
          header.bigs[field] = BigInt.asIntN(64, (BigInt(r.hi >>> 0) << 32n) | BigInt(r.lo >>> 0));
        }
        continue;
      }
      let size = bytes[pos++]!;
      if (size >= 0x80) {
        r.pos = pos - 1;
        r.end = bytes.length;
        size = r.size();
        pos = r.pos;
      }
      const end = pos + size;
      if ((tag & 7) !== BYTES || !(end <= bytes.length)) irregular();
      if (field <= 6 || field === 11) {
        const rows = spans[field]!;
        const at = rows.next();
        rows.words[at] = pos;
        rows.words[at + 1] = end;
      } else if (field === 13) {
        r.pos = pos;
        r.end = end;
        while (r.pos < end) header.comments.push(r.size());
      } else irregular();
      pos = end;
    }
    return header;
  }

  #requireEmptyString(): void {
    const { words, length } = this.spans[6]!;
    if (length === 0 || words[0] !== words[1]) irregular();
  }

  #readMappings(): void {
    const messages = this.spans[3]!;
    const fields = this.fields;
    const rows = this.mappings;
    rows.length = 0;
    for (let row = 0; row < messages.length; row++) {
      this.readMessage(messages, row, 10);
      this.#requireId(row);
      const at = rows.next();
      for (let i = 0; i < 6; i++) rows.words[at + i] = fields[4 + i]!;
      rows.words[at + 6] = this.text(5);
      rows.words[at + 7] = this.text(6);
      for (let i = 0; i < 4; i++)
        rows.words[at + 8 + i] = fields[14 + 2 * i]! === 0 && fields[15 + 2 * i]! === 0 ? 0 : 1;
    }
  }

  #readFunctions(): void {
    const messages = this.spans[5]!;
    const fields = this.fields;
    const rows = this.functions;
    rows.length = 0;
    for (let row = 0; row < messages.length; row++) {
      this.readMessage(messages, row, 5);
      this.#requireId(row);
      const at = rows.next();
      rows.words[at] = this.text(2);
      rows.words[at + 1] = this.text(3);
      rows.words[at + 2] = this.text(4);
      rows.words[at + 3] = fields[10]!;
      rows.words[at + 4] = fields[11]!;
    }
  }

  #readLocations(): void {
    const { bytes } = this.r;
    const messages = this.spans[4]!;
    const fields = this.fields;
    const lineFields = this.#lineFields;
    const rows = this.locations;
    const lines = this.lines;
    rows.length = 0;
    lines.length = 0;
    for (let row = 0; row < messages.length; row++) {
      const at = rows.next();
      rows.words[at + 4] = lines.length;
      clear(fields, 12);
      const end = messages.words[2 * row + 1]!;
      let pos = this.readFields(messages.words[2 * row]!, end, 5, fields);
      while (pos < end) {
        // Lines of less than 128 bytes.
        const size = bytes[pos + 1]!;
        if (bytes[pos] !== LINES || !(size < 0x80)) irregular();
        pos += 2;
        clear(lineFields, 8);
        if (this.readFields(pos, pos + size, 3, lineFields) !== pos + size) irregular();
        pos += size;
        const line = lines.next();
        if (lineFields[3] !== 0) irregular();
        lines.words[line] = required(lineFields[2]! - 1, this.spans[5]!.length);
        for (let i = 1; i < 5; i++) lines.words[line + i] = lineFields[3 + i]!;
        pos = this.readFields(pos, end, 5, fields);
      }
      if (pos !== end) irregular();
      this.#requireId(row);
      const mapping = this.small(2);
      rows.words[at] = fields[6]!;
      rows.words[at + 1] = fields[7]!;
      rows.words[at + 2] = mapping === 0 ? 0 : required(mapping - 1, this.spans[3]!.length) + 1;
      rows.words[at + 3] = fields[10]! === 0 && fields[11]! === 0 ? 0 : 1;
    }
    // Where the lines of the last end.
    const last = rows.next();
    rows.words[last + 4] = lines.length;
  }

  /** Reads a message that has nothing but varints of fields up to `last`. */
  readMessage(messages: Rows, row: number, last: number): void {
    clear(this.fields, 2 * last + 2);
    const end = messages.words[2 * row + 1]!;
    if (this.readFields(messages.words[2 * row]!, end, last, this.fields) !== end) irregular();
  }

  /** Reads varints of fields up to `last`, and gives back where something else comes. */
  readFields(pos: number, end: number, last: number, fields: Uint32Array): number {
    const r = this.r;
    const { bytes } = r;
    while (pos < end) {
      const tag = bytes[pos]!;
      if ((tag & 7) !== VARINT || tag < 8 || tag >>> 3 > last) return pos;
      const at = tag >>> 2;
      const byte = bytes[pos + 1]!;
      if (byte < 0x80) {
        fields[at] = byte;
        fields[at + 1] = 0;
        pos += 2;
        continue;
      }
      r.pos = pos + 1;
      r.end = end;
      r.varint();
      fields[at] = r.lo;
      fields[at + 1] = r.hi;
      pos = r.pos;
    }
    return pos;
  }

  /** A field that counts rows. */
  small(field: number): number {
    return this.fields[2 * field + 1] === 0 ? this.fields[2 * field]! : irregular();
  }

  #requireId(row: number): void {
    if (this.small(1) !== row + 1) irregular();
  }
}

/** The fields of the header that are numbers, as doubles and as int64. */
interface Header {
  readonly numbers: number[];
  readonly bigs: bigint[];
  readonly comments: number[];
}

/** Rows of so many words each, whose array all messages share. */
export class Rows {
  length = 0;
  words: Uint32Array;
  readonly #width: number;

  constructor(width: number) {
    this.#width = width;
    this.words = new Uint32Array(width << 8);
  }

  /** Makes room for a row and gives back where it begins. */
  next(): number {
    const at = this.#width * this.length++;
    if (at + this.#width > this.words.length) this.words = grown(this.words, Uint32Array, at + this.#width);
    return at;
  }
}

/** A row, which must be one of so many. */
export function required(row: number, count: number): number {
  return row >= 0 && row < count ? row : irregular();
}

/** Sets the first words to 0. So few take the typed array's own `fill` twice as long, and merging 4 % longer. */
export function clear(words: Uint32Array, size: number): void {
  for (let i = 0; i < size; i++) words[i] = 0;
}
