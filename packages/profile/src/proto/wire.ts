// Hot: what is not read in place passes here: 100 MB are decoded in 0.65 s. See bench/src/codec.ts.
import { ProfileError } from "../error.ts";

/** The wire types of protocol buffers that profile.proto can hold. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** Reads one protobuf message after the other from `bytes`; `lo` and `hi` hold the halves of the last varint read. */
export class WireReader {
  readonly bytes: Uint8Array;
  pos: number;
  end: number;
  lo = 0;
  hi = 0;

  constructor(bytes: Uint8Array, pos = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
  }

  fail(what: string, offset: number = this.pos): never {
    throw new ProfileError(`malformed profile: ${what}`, { offset });
  }

  /**
   * Reads a varint of up to 64 bits into `lo` and `hi` (both unsigned 32-bit halves, as int32).
   * Reading past the array gives undefined, which ends the loop as a byte without the high bit; the one check against
   * `end` after it catches that, so the loop needs none.
   */
  varint(): void {
    const bytes = this.bytes;
    const from = this.pos;
    let pos = from;
    let byte = bytes[pos++]!;
    let lo = byte & 0x7f;
    let hi = 0;
    if (byte >= 0x80) {
      let shift = 7;
      do {
        byte = bytes[pos++]!;
        const bits = byte & 0x7f;
        if (shift < 28) lo |= bits << shift;
        else if (shift === 28) {
          lo |= bits << 28;
          hi = bits >>> 4;
        } else if (shift < 63) hi |= bits << (shift - 32);
        else if (shift === 63) {
          if (byte > 1) this.fail("varint is longer than 64 bits", from);
          hi |= bits << 31;
        }
        shift += 7;
      } while (byte >= 0x80);
    }
    if (pos > this.end) this.fail("truncated varint", from);
    this.pos = pos;
    this.lo = lo;
    this.hi = hi;
  }

  /** A varint that counts or addresses something in memory: exact up to 2^53, above that some number that is too large. */
  size(): number {
    this.varint();
    return (this.hi >>> 0) * 4294967296 + (this.lo >>> 0);
  }

  /** The length of a length-delimited field, checked against what is left. */
  byteLength(): number {
    const at = this.pos;
    const length = this.size();
    if (length > this.end - this.pos) {
      this.fail(`truncated field: ${length} bytes announced, ${this.end - this.pos} left`, at);
    }
    return length;
  }

  /** Skips the value of a field of this wire type. */
  skip(wireType: number): void {
    const at = this.pos;
    let size = 0;
    if (wireType === VARINT) this.varint();
    else if (wireType === BYTES) size = this.byteLength();
    else if (wireType === FIXED64) size = 8;
    else if (wireType === FIXED32) size = 4;
    else this.fail(`unknown wire type ${wireType}`, at);
    if (size > this.end - this.pos) this.fail("truncated field", at);
    this.pos += size;
  }
}

/** Writes protobuf fields into one growing array. */
export class WireWriter {
  bytes: Uint8Array;
  pos = 0;

  constructor(capacity = 1024) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `size` more bytes; callers that write varints by hand count 10 for each. */
  reserve(size: number): void {
    const need = this.pos + size;
    if (need <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(need, Math.ceil(this.bytes.length * 1.5)));
    larger.set(this.bytes.subarray(0, this.pos));
    this.bytes = larger;
  }

  /** A varint below 2^53; room must have been reserved. */
  uint(value: number): void {
    const bytes = this.bytes;
    let pos = this.pos;
    while (value > 0x7fffffff) {
      bytes[pos++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    while (value > 0x7f) {
      bytes[pos++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    bytes[pos++] = value;
    this.pos = pos;
  }

  /** A 64-bit varint from its halves; room must have been reserved. */
  uint64(lo: number, hi: number): void {
    lo >>>= 0;
    hi >>>= 0;
    const bytes = this.bytes;
    let pos = this.pos;
    while (hi !== 0) {
      bytes[pos++] = (lo & 0x7f) | 0x80;
      lo = ((lo >>> 7) | (hi << 25)) >>> 0;
      hi >>>= 7;
    }
    this.pos = pos;
    this.uint(lo);
  }

  /** A varint field, left out when zero unless `always`. */
  uintField(field: number, value: number, always = false): void {
    if (value === 0 && !always) return;
    this.reserve(20);
    this.uint(field << 3);
    this.uint(value);
  }

  /** A 64-bit varint field, left out when zero unless `always`. */
  bigField(field: number, value: bigint, always = false): void {
    if (value === 0n && !always) return;
    this.reserve(20);
    this.uint(field << 3);
    this.uint64(Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn));
  }

  bytesField(field: number, value: Uint8Array): void {
    this.reserve(20 + value.length);
    this.uint((field << 3) | BYTES);
    this.uint(value.length);
    this.bytes.set(value, this.pos);
    this.pos += value.length;
  }

  /** Bytes that already are fields. */
  raw(value: Uint8Array | undefined): void {
    if (value === undefined || value.length === 0) return;
    this.reserve(value.length);
    this.bytes.set(value, this.pos);
    this.pos += value.length;
  }

  /** Opens a length-delimited field, keeping one byte for its length; `close` takes what this returns. */
  open(field: number): number {
    this.reserve(20);
    this.uint((field << 3) | BYTES);
    return ++this.pos;
  }

  /** Closes the field opened at `from`, moving its content when the length needs more than the byte kept for it. */
  close(from: number): void {
    const length = this.pos - from;
    if (length < 0x80) {
      this.bytes[from - 1] = length;
      return;
    }
    let extra = 0;
    for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 128)) extra++;
    this.reserve(extra);
    this.bytes.copyWithin(from + extra, from, this.pos);
    this.pos = from - 1;
    this.uint(length);
    this.pos += length;
  }

  /** Everything written so far. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.pos);
  }
}
