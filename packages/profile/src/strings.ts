import { concat } from "./bytes.ts";
import { ProfileError } from "./error.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

const MANY_READS = 500;
/** Longer texts are not decoded at once: engines have limits. */
const LONGEST_TEXT = 1 << 28;

/** These bytes as text where all of them are ASCII, so that each is a letter. */
function asciiText(utf8: Uint8Array): string | undefined {
  if (utf8.length > LONGEST_TEXT) return undefined;
  const text = decoder.decode(utf8);
  return /[^\0-\x7f]/.test(text) ? undefined : text;
}

/** A profile's string table: bytes as they came, each turned into a string when it is first asked for. Row 0 is "". */
export class StringTable {
  readonly length: number;
  /** All strings one after the other, as UTF-8: string i is `utf8[start[i]]` up to but without `utf8[start[i + 1]]`. */
  readonly utf8: Uint8Array;
  readonly start: Uint32Array;
  /** The table whose rows this one begins with; undefined where it is not made by `with`. */
  readonly before: StringTable | undefined;
  readonly #text: (string | undefined)[];
  /** The whole table as one string, where it is all ASCII; looked for when many rows have been asked for. */
  #whole: string | undefined;
  #reads = 0;
  #rows: Map<string, number> | undefined;
  #oddRows: Map<string, number> | undefined;
  #searches = 0;

  constructor(utf8: Uint8Array, start: Uint32Array, before?: StringTable) {
    this.length = start.length - 1;
    this.utf8 = utf8;
    this.start = start;
    this.before = before;
    this.#text = new Array(this.length).fill(undefined);
  }

  /** The table of these strings, in this order. */
  static of(strings: readonly string[]): StringTable {
    if (strings[0] !== "")
      throw new ProfileError(`invalid string table: row 0 is ${JSON.stringify(strings[0])}, not ""`);
    let size = 0;
    for (const text of strings) size += text.length;
    let bytes = new Uint8Array(size + (size >> 3) + 64);
    const start = new Uint32Array(strings.length + 1);
    let at = 0;
    for (let i = 0; i < strings.length; i++) {
      const text = strings[i]!;
      const room = at + text.length * 3;
      if (room > bytes.length) {
        const larger = new Uint8Array(Math.max(room, bytes.length * 2));
        larger.set(bytes.subarray(0, at));
        bytes = larger;
      }
      at += encoder.encodeInto(text, bytes.subarray(at)).written;
      start[i + 1] = at;
    }
    return new StringTable(bytes.slice(0, at), start);
  }

  /** The table with these strings after its own; what is decoded of it serves both. */
  with(added: readonly string[]): StringTable {
    const more = StringTable.of(["", ...added]);
    const end = this.start[this.length]!;
    const utf8 = new Uint8Array(end + more.utf8.length);
    utf8.set(this.utf8.subarray(0, end));
    utf8.set(more.utf8, end);
    const start = new Uint32Array(this.length + added.length + 1);
    start.set(this.start);
    for (let i = 1; i <= added.length; i++) start[this.length + i] = end + more.start[i + 1]!;
    return new StringTable(utf8, start, this);
  }

  /** The string in this row; bytes that are not UTF-8 show as U+FFFD. */
  get(row: number): string {
    const known = this.#text[row];
    if (known !== undefined) return known;
    if (this.before !== undefined && row < this.before.length) {
      const text = this.before.get(row);
      this.#text[row] = text;
      return text;
    }
    if (!(row >= 0 && row < this.length))
      throw new RangeError(`invalid string row ${row}: the table has ${this.length}`);
    // To decode a row takes a microsecond, to cut one out of a decoded text a tenth of that.
    if (++this.#reads === MANY_READS) this.#whole = asciiText(this.utf8);
    const text =
      this.#whole === undefined
        ? decoder.decode(this.bytes(row))
        : this.#whole.slice(this.start[row]!, this.start[row + 1]!);
    this.#text[row] = text;
    return text;
  }

  /** The string in this row, with bytes that are not UTF-8 as `exactText` has them. */
  getExact(row: number): string {
    const text = this.get(row);
    return text.includes("\ufffd") ? exactText(this.bytes(row)) : text;
  }

  /** The bytes in this row, as they came. */
  bytes(row: number): Uint8Array {
    return this.utf8.subarray(this.start[row]!, this.start[row + 1]!);
  }

  /** The first row that holds this string, or -1. */
  rowOf(text: string): number {
    // An index takes as long to make as some dozens of searches, and needs every string decoded.
    if (this.#rows === undefined && this.#searches++ < 32 && !text.includes("\ufffd")) {
      return this.#search(encoder.encode(text));
    }
    if (this.#rows === undefined) {
      this.#rows = new Map();
      for (let row = this.length - 1; row >= 0; row--) this.#rows.set(this.get(row), row);
    }
    return this.#rows.get(text) ?? -1;
  }

  /** The first row with the bytes that `getExact` shows as this string, or -1. */
  rowOfExact(text: string): number {
    if (!/[\ufffd\udc80-\udcff]/u.test(text)) return this.rowOf(text);
    if (this.#oddRows === undefined) {
      this.#oddRows = new Map();
      for (let row = this.length - 1; row >= 0; row--) {
        if (this.get(row).includes("\ufffd")) this.#oddRows.set(this.getExact(row), row);
      }
    }
    return this.#oddRows.get(text) ?? -1;
  }

  #search(bytes: Uint8Array): number {
    const { utf8, start, length } = this;
    for (let row = 0; row < length; row++) {
      const from = start[row]!;
      if (start[row + 1]! - from !== bytes.length) continue;
      let i = 0;
      while (i < bytes.length && utf8[from + i] === bytes[i]) i++;
      if (i === bytes.length) return row;
    }
    return -1;
  }
}

/** Bytes as text from which `exactBytes` makes them again: those that are no UTF-8 are U+DC80 to U+DCFF, as in Python. */
export function exactText(bytes: Uint8Array): string {
  let text = "";
  let valid = 0;
  for (let at = 0; at < bytes.length; ) {
    const size = sequenceSize(bytes, at);
    if (size === 0) {
      text += decoder.decode(bytes.subarray(valid, at)) + String.fromCharCode(0xdc00 + bytes[at]!);
      valid = at + 1;
    }
    at += size || 1;
  }
  return text + decoder.decode(bytes.subarray(valid));
}

/** The bytes of a text, as `exactText` has it. */
export function exactBytes(text: string): Uint8Array {
  const pieces = text.split(/([\udc80-\udcff])/u);
  if (pieces.length === 1) return encoder.encode(text);
  return concat(pieces.map((piece, i) => (i % 2 === 0 ? encoder.encode(piece) : Uint8Array.of(piece.charCodeAt(0)))));
}

/** How many bytes the character at `at` has; 0 where no UTF-8 begins there. */
function sequenceSize(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  // No longer than need be, no surrogates, nothing above U+10FFFF.
  const second = bytes[at + 1] ?? 0;
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (size === 0 || second < least || second > most) return 0;
  for (let i = 2; i < size; i++) if ((bytes[at + i] ?? 0) >> 6 !== 2) return 0;
  return size;
}
