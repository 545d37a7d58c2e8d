// Hot: an hour of a service is two million of these, which are combined in 1.5 ms a profile. See bench/src/fleet.ts.

/** Writes whole numbers, small ones in a byte. */
export class VarintWriter {
  #bytes: Uint8Array = new Uint8Array(1 << 10);
  #at = 0;

  get length(): number {
    return this.#at;
  }

  /** Not negative. */
  uint(value: number): void {
    if (this.#at + 16 > this.#bytes.length) this.#grow();
    const bytes = this.#bytes;
    let at = this.#at;
    while (value > 0x7fffffff) {
      bytes[at++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    while (value > 0x7f) {
      bytes[at++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    bytes[at++] = value;
    this.#at = at;
  }

  /** Of either sign, the sign in the lowest bit; what would lose that bit has a 1 in front, which would be minus zero. */
  int(value: number): void {
    const size = Math.abs(value);
    if (size < 2 ** 52) this.uint(value < 0 ? 2 * size + 1 : 2 * size);
    else {
      this.uint(1);
      this.uint(value < 0 ? 1 : 0);
      this.uint(size);
    }
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Reads what a `VarintWriter` wrote. */
export class VarintReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    // A plain array, also of what is a `Buffer`: a loop over one kind of array can be compiled for that kind.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = at;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  uint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let factor = 128;
    do {
      byte = bytes[this.#at++]!;
      value += (byte & 0x7f) * factor;
      factor *= 128;
    } while (byte >= 0x80);
    return value;
  }

  int(): number {
    const code = this.uint();
    if (code % 2 === 0) return code / 2;
    if (code > 1) return -(code - 1) / 2;
    const isNegative = this.uint() === 1;
    return isNegative ? -this.uint() : this.uint();
  }
}

/** Where each of some runs of numbers begins, `counts[i]` numbers in run i. */
export function runStarts(bytes: Uint8Array, counts: Uint32Array): Uint32Array {
  const starts = new Uint32Array(counts.length);
  let at = 0;
  for (let run = 0; run < counts.length; run++) {
    starts[run] = at;
    for (let left = counts[run]!; left > 0; left--) while (bytes[at++]! >= 0x80) {}
  }
  return starts;
}
