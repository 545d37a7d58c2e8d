// Hot: 100 MB of profile.proto should decode in less time than it takes to gunzip them; see bench/src/codec.ts.
import type { LocationTable, SampleTable } from "../profile.ts";
import { BYTES, WireReader } from "../wire.ts";
import { checkString, readUnknown, rowsById, type Span } from "./fields.ts";

/** Where the samples are, and how many. */
export interface SampleLayout {
  readonly sampleCount: number;
  readonly sampleBytes: number;
  readonly samples: Span;
}

export function decodeSamples(
  bytes: Uint8Array,
  layout: SampleLayout,
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
