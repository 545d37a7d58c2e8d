import * as zlib from "node:zlib";
import { inflateSync } from "node:zlib";

/** Larger than the debug information of any binary that fits into memory with it. */
const LARGEST = 2 ** 31 - 1;

/** What ELF's compression headers call the two ways. */
const COMPRESSION = { ZLIB: 1, ZSTD: 2 } as const;

type Decompress = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array;

/** Node has it since 22.15 and 23.8. */
const zstdDecompress = (zlib as { readonly zstdDecompressSync?: Decompress }).zstdDecompressSync;

/** The bytes of a compressed section; throws a sentence where they cannot be had. */
export function inflate(compression: number, bytes: Uint8Array, size: number): Uint8Array {
  if (size > LARGEST) throw new Error(`a section of ${size} bytes is too large to be read`);
  const options = { maxOutputLength: Math.max(size, 1) };
  if (compression === COMPRESSION.ZLIB) return inflateSync(bytes, options);
  if (compression !== COMPRESSION.ZSTD) throw new Error(`unknown compression ${compression} of a section`);
  if (zstdDecompress === undefined) {
    throw new Error(
      `its debug information is compressed with zstd, which Node ${process.versions.node} cannot read: ` +
        "use Node 22.15 or newer, or install llvm-symbolizer",
    );
  }
  return zstdDecompress(bytes, options);
}

/** The bytes of a `.zdebug` section: `ZLIB`, the size, and a zlib stream. */
export function inflateGnu(bytes: Uint8Array): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || view.getUint32(0) !== 0x5a4c4942) return undefined;
  return inflate(COMPRESSION.ZLIB, bytes.subarray(12), Number(view.getBigUint64(4)));
}
