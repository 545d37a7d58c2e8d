export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue. */
  readonly pixels: Uint8Array;
}

/** Reads a GIF of one picture with one palette, by the standard's own account of LZW. */
export function decodeGif(gif: Buffer): Pixels {
  const [width, height] = [gif.readUInt16LE(6), gif.readUInt16LE(8)];
  const palette = gif.subarray(13, 13 + 768);
  const data: Buffer[] = [];
  for (let at = 13 + 768 + 11; gif[at] !== 0; at += 1 + gif[at]!) data.push(gif.subarray(at + 1, at + 1 + gif[at]!));
  const pixels = new Uint8Array(width * height * 3);
  let out = 0;
  for (const number of decompress(Buffer.concat(data))) {
    pixels.set(palette.subarray(3 * number, 3 * number + 3), out);
    out += 3;
  }
  if (out !== pixels.length) throw new Error(`${out / 3} pixels instead of ${width * height}`);
  return { width, height, pixels };
}

function* decompress(data: Buffer): Generator<number> {
  const fresh = (): number[][] => Array.from({ length: 258 }, (_, i) => (i < 256 ? [i] : []));
  let table = fresh();
  let [size, bit] = [9, 0];
  let before: number[] | undefined;
  for (;;) {
    let code = 0;
    for (let i = 0; i < size; i++, bit++) code |= ((data[bit >> 3]! >> (bit & 7)) & 1) << i;
    if (code === 257) return;
    if (code === 256) {
      [table, size, before] = [fresh(), 9, undefined];
      continue;
    }
    const run = table[code] ?? [...before!, before![0]!];
    yield* run;
    if (before !== undefined && table.length < 4096) table.push([...before, run[0]!]);
    if (table.length === 1 << size && size < 12) size++;
    before = run;
  }
}
