import { ToolError } from "../error.ts";

const COLOURS = 256;
const MOST_CODES = 4096;
/** GIF counts its sides in 16 bits. */
const LONGEST = 0xffff;

/** A GIF of these pixels (red, green, blue, alpha) in the 256 colours that most of them have. */
export function encodeGif(pixels: Uint8Array, width: number, height: number): Uint8Array {
  if (Math.max(width, height) > LONGEST) {
    throw new ToolError(
      `the picture is too large for GIF: ${width} by ${height} pixels; -png and -svg have no such limit`,
    );
  }
  const palette = commonColours(pixels);
  const header = Buffer.alloc(13);
  header.write("GIF89a", "latin1");
  header.writeUInt16LE(width, 6);
  header.writeUInt16LE(height, 8);
  header[10] = 0xf7; // a palette of 256 colours for the whole picture
  const colours = Buffer.alloc(3 * COLOURS);
  for (const [i, colour] of palette.entries()) colours.writeUIntBE(colour, 3 * i, 3);
  const frame = Buffer.alloc(11);
  frame[0] = 0x2c;
  frame.writeUInt16LE(width, 5);
  frame.writeUInt16LE(height, 7);
  frame[10] = 8; // bits of a colour's number
  const data = blocks(compress(quantize(pixels, palette)));
  return Buffer.concat([header, colours, frame, ...data, Buffer.of(0x00, 0x3b)]);
}

/** Red, green and blue as one number. */
function colourAt(pixels: Uint8Array, i: number): number {
  return (pixels[4 * i]! << 16) | (pixels[4 * i + 1]! << 8) | pixels[4 * i + 2]!;
}

function commonColours(pixels: Uint8Array): number[] {
  const counts = new Uint32Array(1 << 24);
  const seen: number[] = [];
  for (let i = 0; i < pixels.length / 4; i++) {
    const colour = colourAt(pixels, i);
    if (counts[colour]!++ === 0) seen.push(colour);
  }
  return seen.sort((a, b) => counts[b]! - counts[a]!).slice(0, COLOURS);
}

/** For each pixel the number of the palette's nearest colour. */
function quantize(pixels: Uint8Array, palette: readonly number[]): Uint8Array {
  const known = new Map(palette.map((colour, i) => [colour, i]));
  const numbers = new Uint8Array(pixels.length / 4);
  for (let i = 0; i < numbers.length; i++) {
    const colour = colourAt(pixels, i);
    let number = known.get(colour);
    if (number === undefined) {
      number = nearest(colour, palette);
      known.set(colour, number);
    }
    numbers[i] = number;
  }
  return numbers;
}

function nearest(colour: number, palette: readonly number[]): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (const [i, other] of palette.entries()) {
    const red = (colour >> 16) - (other >> 16);
    const green = ((colour >> 8) & 0xff) - ((other >> 8) & 0xff);
    const blue = (colour & 0xff) - (other & 0xff);
    const distance = red * red + green * green + blue * blue;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

/** LZW with codes of 9 to 12 bits, as GIF has it. */
function compress(numbers: Uint8Array): Buffer {
  const [clear, end] = [256, 257];
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  let size = 9;
  const emit = (code: number): void => {
    bits |= code << held;
    for (held += size; held >= 8; held -= 8) {
      bytes.push(bits & 0xff);
      bits >>>= 8;
    }
  };
  let known = new Map<number, number>();
  let next = end + 1;
  emit(clear);
  let prefix = numbers[0] ?? 0;
  for (let i = 1; i < numbers.length; i++) {
    const number = numbers[i]!;
    const key = prefix * 256 + number;
    const code = known.get(key);
    if (code !== undefined) {
      prefix = code;
      continue;
    }
    emit(prefix);
    if (next < MOST_CODES) {
      known.set(key, next);
      if (next === 1 << size) size++;
      next++;
    } else {
      emit(clear);
      known = new Map();
      next = end + 1;
      size = 9;
    }
    prefix = number;
  }
  emit(prefix);
  emit(end);
  if (held > 0) bytes.push(bits & 0xff);
  return Buffer.from(bytes);
}

function blocks(data: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; at += 255) {
    const part = data.subarray(at, at + 255);
    parts.push(Buffer.of(part.length), part);
  }
  return parts;
}
