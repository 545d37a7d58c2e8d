import { createGunzip, gunzipSync, type ZlibOptions } from "node:zlib";
import { messageOf, ToolError } from "../../error.ts";
import { tooLarge } from "../limit.ts";

const gzipFaults: Readonly<Record<string, string>> = {
  Z_BUF_ERROR: "truncated gzip data",
  Z_DATA_ERROR: "broken gzip data",
};

/** Above this size, decompressing beside the decoder saves memory and costs no time; at 9 and 30 MB it takes 5 to 7 % more. */
const LARGE = 1 << 26;
/** What one thread hands to the other stays in the processor's cache. */
const PART = 1 << 18;

/** Decompresses at once, into one piece: gzip's last word is the size, and with room for it nothing is copied. */
export function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const size = sizeOf(bytes);
  const chunkSize = size === undefined ? 1 << 16 : Math.max(Math.min(size, maxBytes) + 1, 64);
  try {
    return gunzipSync(bytes, { chunkSize, maxOutputLength: maxBytes });
  } catch (error) {
    throw gzipFault(error, maxBytes);
  }
}

/** As `gunzip`, but what is large comes in parts from a thread of Node's. */
export function gunzipLarge(bytes: Uint8Array, maxBytes: number): Uint8Array | AsyncIterable<Uint8Array> {
  return (sizeOf(bytes) ?? 0) > LARGE ? gunzipBeside(bytes, maxBytes) : gunzip(bytes, maxBytes);
}

/** The size that gzip's last word says; undefined where no compression can reach it: deflate makes at most 1032 bytes of one. */
function sizeOf(bytes: Uint8Array): number | undefined {
  const size = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32LE(bytes.length - 4);
  return size > bytes.length * 1032 ? undefined : size;
}

/** In parts, by a thread of Node's. */
async function* gunzipBeside(bytes: Uint8Array, maxBytes: number): AsyncGenerator<Uint8Array> {
  const stream = createGunzip({ chunkSize: PART, readableHighWaterMark: 16 * PART } as ZlibOptions);
  stream.end(bytes);
  let size = 0;
  try {
    for await (const part of stream as AsyncIterable<Uint8Array>) {
      size += part.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      yield part;
    }
  } catch (error) {
    throw gzipFault(error, maxBytes);
  }
}

function gzipFault(error: unknown, maxBytes: number): ToolError {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ERR_BUFFER_TOO_LARGE") return gzipFault(tooLarge(maxBytes), maxBytes);
  return new ToolError(`decompressing profile: ${gzipFaults[code ?? ""] ?? messageOf(error)}`);
}
