// Hot: 100 MB have 1.2 million labels and are decoded in 0.65 s. See bench/src/codec.ts.
import { grown } from "../grown.ts";
import type { LabelTable } from "../profile.ts";
import { checkString, keepUnknown, UnknownFields } from "./fields.ts";
import { WireReader } from "./wire.ts";

/** The label rows while they are read: their number is not known before. */
export class LabelColumns {
  length = 0;
  #reader = new WireReader(new Uint8Array(0));
  readonly #strings: number;
  /** Where this run starts, how many labels there were before it, and how many bytes may follow its start. */
  #start = 0;
  #before = 0;
  #expected = 0;
  #key = new Uint32Array(64);
  #str = new Uint32Array(64);
  #numUnit = new Uint32Array(64);
  #num = new Int32Array(128);
  #unknown: UnknownFields | undefined;

  constructor(strings: number) {
    this.#strings = strings;
  }

  /** Goes on with labels of these bytes, from `start` on; with all that will follow there are about `expected` bytes more. */
  begin(bytes: Uint8Array, start: number, expected: number): void {
    this.#reader = new WireReader(bytes);
    this.#unknown = new UnknownFields(bytes);
    this.#start = start;
    this.#before = this.length;
    this.#expected = expected;
  }

  get hasUnknown(): boolean {
    return this.#unknown?.isEmpty === false;
  }

  /** Whether all strings are rows of a table of so many. */
  fits(strings: number): boolean {
    const limit = Math.max(strings, 1);
    for (let row = 0; row < this.length; row++) {
      if (this.#key[row]! >= limit || this.#str[row]! >= limit || this.#numUnit[row]! >= limit) return false;
    }
    return true;
  }

  /** Reads the label that lies between these bytes. */
  read(from: number, end: number): void {
    if (this.length === this.#key.length) this.#grow(from);
    const row = this.length++;
    const r = this.#reader;
    const bytes = r.bytes;
    const strings = this.#strings;
    let pos = from;
    r.end = end;
    while (pos < end) {
      const at = pos;
      const tag = bytes[pos++]!;
      if (tag === 0x08 || tag === 0x10 || tag === 0x20) {
        let text = bytes[pos++]!;
        if (text >= 0x80) {
          const second = bytes[pos++]!;
          text = (text & 0x7f) | ((second & 0x7f) << 7);
          if (second >= 0x80) {
            r.pos = at + 1;
            text = r.size();
            pos = r.pos;
          }
        }
        if (text >= strings) checkString(text, strings, at);
        if (tag === 0x08) this.#key[row] = text;
        else if (tag === 0x10) this.#str[row] = text;
        else this.#numUnit[row] = text;
      } else if (tag === 0x18) {
        r.pos = pos;
        r.varint();
        pos = r.pos;
        this.#num[2 * row] = r.lo;
        this.#num[2 * row + 1] = r.hi;
      } else {
        r.pos = at;
        keepUnknown(r, "Label", this.#unknown, row);
        pos = r.pos;
      }
    }
    if (pos > end) r.fail("truncated varint", from);
  }

  finish(): LabelTable {
    const { length } = this;
    return {
      length,
      key: this.#key.subarray(0, length),
      str: this.#str.subarray(0, length),
      num: new BigInt64Array(this.#num.buffer, 0, length),
      numUnit: this.#numUnit.subarray(0, length),
      unknownFields: this.#unknown?.finish() ?? new Map(),
    };
  }

  /** Makes room for as many labels as there will be if the rest is like what was read up to `pos`. */
  #grow(pos: number): void {
    const more = this.length - this.#before;
    const expected = this.#before + (1.1 * more * this.#expected) / (pos - this.#start);
    const room = Math.ceil(Math.min(Math.max(expected, 2 * this.length), 16 * this.length));
    this.#key = grown(this.#key, Uint32Array, room);
    this.#str = grown(this.#str, Uint32Array, room);
    this.#numUnit = grown(this.#numUnit, Uint32Array, room);
    this.#num = grown(this.#num, Int32Array, 2 * room);
  }
}
