const utf8 = new TextDecoder();

/** Reads fields of a section one after the other; throws a RangeError at its end. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly littleEndian: boolean;
  readonly #view: DataView;
  at: number;

  constructor(bytes: Uint8Array, littleEndian: boolean, at = 0) {
    this.bytes = bytes;
    this.littleEndian = littleEndian;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
  }

  /** The same bytes from another place on. */
  from(at: number): ByteReader {
    return new ByteReader(this.bytes, this.littleEndian, at);
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  u8(): number {
    return this.#view.getUint8(this.at++);
  }

  i8(): number {
    return this.#view.getInt8(this.at++);
  }

  u16(): number {
    this.at += 2;
    return this.#view.getUint16(this.at - 2, this.littleEndian);
  }

  u24(): number {
    const [a, b, c] = [this.u8(), this.u8(), this.u8()];
    return this.littleEndian ? a + b * 256 + c * 65536 : c + b * 256 + a * 65536;
  }

  u32(): number {
    this.at += 4;
    return this.#view.getUint32(this.at - 4, this.littleEndian);
  }

  i32(): number {
    this.at += 4;
    return this.#view.getInt32(this.at - 4, this.littleEndian);
  }

  bigU64(): bigint {
    this.at += 8;
    return this.#view.getBigUint64(this.at - 8, this.littleEndian);
  }

  /** A field of 1, 2, 4 or 8 bytes. */
  unsigned(size: number): number {
    if (size === 4) return this.u32();
    if (size === 8) return Number(this.bigU64());
    return size === 1 ? this.u8() : this.u16();
  }

  /** LEB128; exact up to 2^53. */
  uleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  sleb(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return byte & 0x40 ? value - scale : value;
    }
  }

  /** Text up to a zero byte. */
  string(): string {
    const end = this.bytes.indexOf(0, this.at);
    const text = utf8.decode(this.bytes.subarray(this.at, end < 0 ? this.bytes.length : end));
    this.at = end < 0 ? this.bytes.length : end + 1;
    return text;
  }

  skip(count: number): void {
    this.at += count;
    if (this.at > this.bytes.length) throw new RangeError(`a section ends before byte ${this.at}`);
  }
}
