import * as zlib from "node:zlib";
import { messageOf, ToolError } from "../../error.ts";
import { tooLarge } from "../limit.ts";

const ZIP = Buffer.from("PK\x03\x04", "latin1");
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/** What is decompressed at a time, where the size is not known. */
const ROOM = 1 << 16;

/** What a file that is compressed other than by gzip holds; the file itself where it is not. */
export function unpack(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4));
  if (start.equals(ZIP)) return unzip(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), maxBytes);
  return start.equals(ZSTD) ? unzstd(bytes, maxBytes) : bytes;
}

function unzstd(bytes: Uint8Array, maxBytes: number): Uint8Array {
  // Node has it from 22.15 on.
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Uint8Array, options: object) => Uint8Array };
  if (zstdDecompressSync === undefined) {
    throw new ToolError(
      `compressed by zstd, which Node 22.15 and later unpack and ${process.version} does not: unpack it first, as with zstd -d`,
    );
  }
  return limited("zstd", maxBytes, zstdSize(bytes), (limits) => zstdDecompressSync(bytes, limits));
}

/** How long a field of the size is, by the first two bits of what a frame begins with. */
const ZSTD_SIZES = [0, 2, 4, 8] as const;
const ZSTD_DICTIONARIES = [0, 1, 2, 4] as const;

/** The size that the first frame says it has, 0 where it does not. */
function zstdSize(bytes: Uint8Array): number {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const descriptor = view[4] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const length = descriptor >> 6 === 0 && isSingle ? 1 : ZSTD_SIZES[(descriptor >> 6) as 0 | 1 | 2 | 3];
  const at = 5 + (isSingle ? 0 : 1) + ZSTD_DICTIONARIES[(descriptor & 3) as 0 | 1 | 2 | 3];
  if (length === 0 || at + length > view.length) return 0;
  if (length === 8) return Number(view.readBigUInt64LE(at));
  return view.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

/** Decompresses into room for `size` bytes, 0 where that is not known: what is said to be larger than may be is not unpacked. */
function limited(
  what: string,
  maxBytes: number,
  size: number,
  decompress: (limits: zlib.ZlibOptions) => Uint8Array,
): Uint8Array {
  if (size > maxBytes) throw tooLarge(maxBytes);
  try {
    return decompress({ maxOutputLength: maxBytes, chunkSize: Math.max(size + 1, ROOM) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxBytes);
    throw new ToolError(`decompressing ${what}: ${messageOf(error)}`);
  }
}

/** The records of a zip archive, by their marks; the last one is at most a comment of 64 kB from the end. */
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const ENTRY_SIZE = 46;
const LOCAL_SIZE = 30;
const LONGEST_COMMENT = 0xffff;
/** How a file is stored: as it is, or deflated. */
const STORED = 0;
const DEFLATED = 8;
const SHOWN_NAMES = 5;

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly packedSize: number;
  readonly size: number;
  readonly at: number;
}

/** The only file of a zip archive. */
function unzip(bytes: Buffer, maxBytes: number): Uint8Array {
  const files = entries(bytes).filter(({ name }) => !name.endsWith("/") && !name.startsWith("__MACOSX/"));
  const [file] = files;
  if (file === undefined) throw new ToolError("a zip archive without files");
  if (files.length > 1) {
    const names = files.slice(0, SHOWN_NAMES).map(({ name }) => name);
    const more = files.length > SHOWN_NAMES ? ", …" : "";
    throw new ToolError(`a zip archive of ${files.length} files (${names.join(", ")}${more}): unpack it and name them`);
  }
  const { at, method, packedSize, size } = file;
  if (at + LOCAL_SIZE > bytes.length || bytes.readUInt32LE(at) !== LOCAL) throw broken();
  const start = at + LOCAL_SIZE + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
  if (start + packedSize > bytes.length) throw broken();
  const packed = bytes.subarray(start, start + packedSize);
  if (method === STORED) return packed;
  if (method !== DEFLATED) throw new ToolError(`a zip archive packed by method ${method}: unpack it first`);
  return limited("zip", maxBytes, size, (limits) => zlib.inflateRawSync(packed, limits));
}

function entries(bytes: Buffer): ZipEntry[] {
  let end = bytes.length - END_SIZE;
  const first = Math.max(0, end - LONGEST_COMMENT);
  while (end >= first && bytes.readUInt32LE(end) !== END) end--;
  if (end < first) throw broken();
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  const found: ZipEntry[] = [];
  for (let i = 0; i < count; i++) {
    if (at + ENTRY_SIZE > bytes.length || bytes.readUInt32LE(at) !== ENTRY) throw broken();
    const nameEnd = at + ENTRY_SIZE + bytes.readUInt16LE(at + 28);
    found.push({
      name: bytes.toString("utf8", at + ENTRY_SIZE, nameEnd),
      method: bytes.readUInt16LE(at + 10),
      packedSize: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      at: bytes.readUInt32LE(at + 42),
    });
    at = nameEnd + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return found;
}

function broken(): ToolError {
  return new ToolError("a broken zip archive: unpack it first");
}
