import { ProfileError } from "./error.ts";
import { concat } from "./wire.ts";

/** The largest size to which `gunzip` and `readProfile` decompress, unless told otherwise: 4 GiB. */
export const MAX_BYTES: number = 4 * 1024 ** 3;

/** Whether these bytes begin as a gzip stream does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes.length > 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Decompresses gzip with the platform's own streams; more than `maxBytes` or a broken stream is a `ProfileError`. */
export async function gunzip(bytes: Uint8Array, maxBytes: number = MAX_BYTES): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = through(bytes, new DecompressionStream("gzip")).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return concat(parts);
      size += value.length;
      if (size > maxBytes) break;
      parts.push(value);
    }
  } catch (cause) {
    throw new ProfileError(`invalid gzip stream: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  await reader.cancel();
  throw new ProfileError(`the profile decompresses to more than ${maxBytes} bytes: raise maxBytes to read it`);
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
