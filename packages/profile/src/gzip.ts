import { concat, Parts } from "./bytes.ts";
import { ProfileError } from "./error.ts";

/** The largest size to which `gunzip` and `readProfile` decompress, unless told otherwise: 4 GiB. */
export const MAX_BYTES: number = 4 * 1024 ** 3;

/** Whether these bytes begin as a gzip stream does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Decompresses gzip with the platform's own streams; more than `maxBytes` or a broken stream is a `ProfileError`. */
export async function gunzip(bytes: Uint8Array, maxBytes: number = MAX_BYTES): Promise<Uint8Array> {
  const parts = new Parts(gzipSize(bytes, maxBytes));
  for await (const part of gunzipParts(bytes, maxBytes)) parts.add(part);
  return parts.joined();
}

/** As `gunzip`, each part as it comes, without the first `from` bytes of what is packed. */
export async function* gunzipParts(
  bytes: Uint8Array,
  maxBytes: number = MAX_BYTES,
  from: number = 0,
): AsyncGenerator<Uint8Array> {
  let told = from;
  const rest = async function* (parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let size = 0;
    for await (const part of parts) {
      const begin = size;
      size += part.length;
      if (size > maxBytes) throw new ProfileError(tooLargeWhenUnpacked(maxBytes));
      if (size <= told) continue;
      yield part.subarray(Math.max(told - begin, 0));
      told = size;
    }
  };
  try {
    yield* rest(partsOfOne(bytes));
  } catch (error) {
    if (!(error instanceof BrokenStream)) throw error;
    // It may be several streams in a row. Browsers, and Node from 26 on, take the second for junk.
    const begins = await streamBegins(bytes, maxBytes);
    if (begins.length === 1) throw error;
    yield* rest(partsOfEach(bytes, begins));
  }
}

async function* partsOfEach(bytes: Uint8Array, begins: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const [i, begin] of begins.entries()) yield* partsOfOne(bytes.subarray(begin, begins[i + 1]));
}

class BrokenStream extends ProfileError {}

async function* partsOfOne(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const reader = through(bytes, new DecompressionStream("gzip")).getReader();
  const next = async (): Promise<Uint8Array | undefined> => {
    try {
      return (await reader.read()).value;
    } catch (cause) {
      throw new BrokenStream(`invalid gzip stream: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  };
  try {
    for (let part = await next(); part !== undefined; part = await next()) yield part;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** So often a stream is looked for, half a millisecond each time. */
const MOST_TRIES = 4000;

/** Where each gzip stream begins: where the head of one stands, and all since the one before is a whole stream. */
async function streamBegins(bytes: Uint8Array, maxBytes: number): Promise<number[]> {
  const begins = [0];
  // What only looks like a head costs all before it. Of real streams all are no more than may be.
  let left = 2 * maxBytes;
  let tries = 0;
  for (let at = nextHead(bytes, 1); at > 0 && left > 0 && tries < MOST_TRIES; at = nextHead(bytes, at + 1), tries++) {
    let size = 0;
    try {
      for await (const part of partsOfOne(bytes.subarray(begins.at(-1), at))) {
        size += part.length;
        if (size > left) return begins;
      }
      begins.push(at);
    } catch {
      // It is no head, but looks like one.
    }
    left -= size;
  }
  return begins;
}

/** Where the next head of a gzip stream stands: its magic, deflate, and none of the flags that there are not; or -1. */
function nextHead(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0x1f, from); at >= 0; at = bytes.indexOf(0x1f, at + 1)) {
    if (bytes[at + 1] === 0x8b && bytes[at + 2] === 8 && bytes[at + 3]! < 0x20) return at;
  }
  return -1;
}

export function tooLargeWhenUnpacked(maxBytes: number): string {
  return `the profile decompresses to more than ${maxBytes} bytes: raise maxBytes to read it`;
}

/** The most that deflate makes of a byte. */
const MOST_OF_BYTE = 1032;

/** How many bytes gzip says that it holds, 0 where that cannot be or is more than may be: of several streams, the last. */
export function gzipSize(bytes: Uint8Array, maxBytes: number): number {
  if (bytes.length < 4) return 0;
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(bytes.length - 4, true);
  return size > Math.min(MOST_OF_BYTE * bytes.length, maxBytes) ? 0 : size;
}

/** Compresses with the platform's own streams. */
export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const reader = through(bytes, new CompressionStream("gzip")).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concat(parts);
    parts.push(value);
  }
}

function through(
  bytes: Uint8Array,
  stream: DecompressionStream | CompressionStream,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream);
}
