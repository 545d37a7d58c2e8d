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

/** As `gunzip`, each part as it comes. */
export async function* gunzipParts(bytes: Uint8Array, maxBytes: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  const reader = through(bytes, new DecompressionStream("gzip")).getReader();
  const next = async (): Promise<Uint8Array | undefined> => {
    try {
      return (await reader.read()).value;
    } catch (cause) {
      throw new ProfileError(`invalid gzip stream: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  };
  try {
    for (let part = await next(); part !== undefined; part = await next()) {
      size += part.length;
      if (size > maxBytes) throw new ProfileError(tooLargeWhenUnpacked(maxBytes));
      yield part;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
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
