import { crc32, deflateSync } from "node:zlib";

/** A PNG of these pixels (red, green, blue, alpha), which must cover each other: the alpha is left out. */
export function encodePng(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits of a colour
  header[9] = 2; // red, green and blue
  // Lines as they are, each after a 0 that says so: most of a graph is one colour, which no filter makes smaller. A third
  // less than the rasterizer's own encoder writes.
  const lines = Buffer.alloc((3 * width + 1) * height);
  for (let from = 0, to = 0; from < pixels.length; from += 4) {
    if (from % (4 * width) === 0) lines[to++] = 0;
    lines[to++] = pixels[from]!;
    lines[to++] = pixels[from + 1]!;
    lines[to++] = pixels[from + 2]!;
  }
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(lines)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(name: string, data: Uint8Array): Buffer {
  const framed = Buffer.alloc(data.length + 12);
  framed.writeUInt32BE(data.length, 0);
  framed.write(name, 4, "latin1");
  framed.set(data, 8);
  framed.writeUInt32BE(crc32(framed.subarray(4, data.length + 8)), data.length + 8);
  return framed;
}
