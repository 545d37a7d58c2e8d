/** These parts in one array; one part is given back as it is. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** From so many bytes on room is made for all that is expected. */
const FEW = 1 << 16;

/** Parts that come one after the other, which are put together as they come where it is known how much they will be. */
export class Parts {
  #expected: number;
  #parts: Uint8Array[] = [];
  /** What has been put together: `size` bytes, and room for more, which takes no memory before it is used. */
  #all: Uint8Array | undefined;
  #size = 0;

  /** `expected` is how many bytes there may be, 0 where nobody knows. */
  constructor(expected: number) {
    this.#expected = expected;
  }

  add(part: Uint8Array): void {
    const size = this.#size + part.length;
    if (this.#all === undefined && this.#parts.length > 0 && size >= FEW && size <= this.#expected) {
      this.#all = new Uint8Array(this.#expected);
      this.#all.set(concat(this.#parts));
      this.#parts = [];
    }
    if (this.#all !== undefined && size > this.#expected) {
      this.#parts = [this.joined()];
      this.#all = undefined;
      this.#expected = 0;
    }
    if (this.#all === undefined) this.#parts.push(part);
    else this.#all.set(part, this.#size);
    this.#size = size;
  }

  /** All of them as one; one part is given back as it is. */
  joined(): Uint8Array {
    return this.#all?.subarray(0, this.#size) ?? concat(this.#parts);
  }
}
