import { constants, createGunzip, gunzipSync, type ZlibOptions } from "node:zlib";
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
const HEAD = 1 << 14;
/** Node 20 has no larger buffers. */
const LARGEST_ROOM = 2 ** 32 - 1;

/** The most that deflate makes of a byte. */
const MOST_OF_BYTE = 1032;

/** Decompresses at once, into one piece: gzip's last word is the size, and with room for it nothing is copied. */
export function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const size = sizeOf(bytes, maxBytes);
  try {
    return unzipInto(size, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw gzipFault(error, maxBytes);
  }
  // Several streams one after the other, of which that is the last one's size. Room that is not used takes no memory.
  try {
    return unzipInto(Math.min(bytes.length * MOST_OF_BYTE, maxBytes), bytes);
  } catch (error) {
    throw gzipFault(error, maxBytes);
  }
}

/** Decompresses what is no more than `most` bytes. */
function unzipInto(most: number, bytes: Uint8Array): Uint8Array {
  const chunkSize = Math.min(Math.max(most + 1, 64), LARGEST_ROOM);
  return gunzipSync(bytes, { chunkSize, maxOutputLength: Math.max(most, 1) });
}

/** As `gunzip`, but what is large comes in parts from a thread of Node's. */
export function gunzipLarge(bytes: Uint8Array, maxBytes: number): Uint8Array | AsyncIterable<Uint8Array> {
  return sizeOf(bytes, maxBytes) > LARGE ? gunzipBeside(bytes, maxBytes) : gunzip(bytes, maxBytes);
}

/** The size that gzip's last word says, 0 where no compression can reach it; what is larger than may be is not unpacked at all. */
function sizeOf(bytes: Uint8Array, maxBytes: number): number {
  if (bytes.length < 4) return 0;
  const size = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32LE(bytes.length - 4);
  if (size > bytes.length * MOST_OF_BYTE) return 0;
  if (size > maxBytes) throw gzipFault(tooLarge(maxBytes), maxBytes);
  return size;
}

/** What some kilobytes at the beginning hold. */
export function gunzipHead(bytes: Uint8Array): Uint8Array {
  return gunzipSync(bytes.subarray(0, HEAD), { finishFlush: constants.Z_SYNC_FLUSH });
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
