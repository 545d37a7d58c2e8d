/** Six steps of red, seven of green, six of blue: 252 colours. */
const STEPS = { red: 6, green: 7, blue: 6 };
const MOST_CODES = 4096;

/** A GIF of these pixels (red, green, blue, alpha), in 252 colours, which graphs are drawn in few enough of. */
export function encodeGif(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.write("GIF89a", "latin1");
  header.writeUInt16LE(width, 6);
  header.writeUInt16LE(height, 8);
  header[10] = 0xf7; // a palette of 256 colours for the whole picture
  const frame = Buffer.alloc(11);
  frame[0] = 0x2c;
  frame.writeUInt16LE(width, 5);
  frame.writeUInt16LE(height, 7);
  frame[10] = 8; // bits of a colour's number
  return Buffer.concat([header, palette(), frame, ...blocks(compress(quantize(pixels))), Buffer.of(0x00, 0x3b)]);
}

function palette(): Buffer {
  const colours = Buffer.alloc(768);
  const level = (step: number, steps: number): number => Math.round((step * 255) / (steps - 1));
  for (let i = 0; i < STEPS.red * STEPS.green * STEPS.blue; i++) {
    colours[3 * i] = level(Math.floor(i / (STEPS.green * STEPS.blue)), STEPS.red);
    colours[3 * i + 1] = level(Math.floor(i / STEPS.blue) % STEPS.green, STEPS.green);
    colours[3 * i + 2] = level(i % STEPS.blue, STEPS.blue);
  }
  return colours;
}

function quantize(pixels: Uint8Array): Uint8Array {
  const step = (value: number, steps: number): number => Math.round((value * (steps - 1)) / 255);
  const numbers = new Uint8Array(pixels.length / 4);
  for (let i = 0; i < numbers.length; i++) {
    const red = step(pixels[4 * i]!, STEPS.red);
    const green = step(pixels[4 * i + 1]!, STEPS.green);
    numbers[i] = (red * STEPS.green + green) * STEPS.blue + step(pixels[4 * i + 2]!, STEPS.blue);
  }
  return numbers;
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
