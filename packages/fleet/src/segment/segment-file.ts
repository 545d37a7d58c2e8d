import { promisify } from "node:util";
import { crc32, deflateRaw, inflateRawSync } from "node:zlib";
import { FleetError } from "../error.ts";
import type { FileSystem } from "../file/file-system.ts";

/** The last bytes of a file: how long its footer is packed, the footer's CRC-32, the version of the format, and "PPFS". */
const TAIL = 16;
const MAGIC = 0x53465050;
/** What this version writes, and the only one it reads. */
export const SEGMENT_VERSION = 1;

/** On one of the threads that Node has for it. */
const deflate = promisify(deflateRaw) as (bytes: Uint8Array, options?: object) => Promise<Buffer>;

/** Where a part stands, how long it is packed and unpacked, and its CRC-32. */
type Place = readonly [at: number, packed: number, size: number, crc: number];

/** The parts of a file by name, each packed by itself as hard as zlib's `level` says, behind them a footer that says where they are. */
export async function encodeParts(
  parts: ReadonlyMap<string, Uint8Array>,
  meta: object,
  level: number,
): Promise<Uint8Array[]> {
  const places: Record<string, Place> = {};
  const all: Uint8Array[] = [];
  let at = 0;
  for (const [name, part] of parts) {
    const packed = await deflate(part, { level });
    places[name] = [at, packed.length, part.length, crc32(packed)];
    all.push(packed);
    at += packed.length;
  }
  const footer = await deflate(Buffer.from(JSON.stringify({ places, meta })));
  const tail = Buffer.alloc(TAIL);
  tail.writeUInt32LE(footer.length, 0);
  tail.writeUInt32LE(crc32(footer), 4);
  tail.writeUInt32LE(SEGMENT_VERSION, 8);
  tail.writeUInt32LE(MAGIC, 12);
  return [...all, footer, tail];
}

/** A file of parts, of which the footer is in memory. What is damaged is a `FleetError`. */
export class SegmentFile<Meta> {
  readonly path: string;
  readonly size: number;
  readonly meta: Meta;
  readonly #files: FileSystem;
  readonly #places: Readonly<Record<string, Place>>;

  constructor(files: FileSystem, path: string) {
    this.path = path;
    this.#files = files;
    this.size = files.size(path);
    const tail = Buffer.from(files.read(path, Math.max(0, this.size - TAIL), TAIL));
    if (tail.length < TAIL || tail.readUInt32LE(12) !== MAGIC)
      throw new FleetError(`${path} is no segment, or damaged`);
    const version = tail.readUInt32LE(8);
    if (version !== SEGMENT_VERSION) {
      throw new FleetError(`${path} is of version ${version}, and this program reads version ${SEGMENT_VERSION}`);
    }
    const length = tail.readUInt32LE(0);
    const footer = files.read(path, Math.max(0, this.size - TAIL - length), length);
    if (footer.length !== length || crc32(footer) !== tail.readUInt32LE(4)) {
      throw new FleetError(`the footer of ${path} is damaged`);
    }
    const { places, meta } = JSON.parse(inflateRawSync(footer).toString());
    this.#places = places;
    this.meta = meta;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#places, name);
  }

  part(name: string): Uint8Array {
    const [at, packed, size, crc] = this.#places[name]!;
    const bytes = this.#files.read(this.path, at, packed);
    if (bytes.length !== packed || crc32(bytes) !== crc) throw new FleetError(`${this.path} is damaged in ${name}`);
    if (size === 0) return new Uint8Array(0);
    const { buffer, byteOffset, length } = inflateRawSync(bytes, { maxOutputLength: size });
    return new Uint8Array(buffer, byteOffset, length);
  }
}
