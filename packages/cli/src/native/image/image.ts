import type { MappedRange } from "./elf-base.ts";
import { elfImage } from "./elf-image.ts";
import type { FileBytes } from "./file-bytes.ts";
import { fatMachImage, machImage } from "./mach-o.ts";
import { peImage } from "./pe.ts";
import type { SymbolTable } from "./symbols.ts";

/** An object file of any format: what symbolization reads of it. */
export interface ObjectImage {
  readonly path: string;
  readonly littleEndian: boolean;
  /** In lower-case hex; "" where the file has none, or a format that has none for the reference tool. */
  readonly buildId: string;
  /** The lowest address that is loaded. */
  readonly lowest: bigint;
  /** Where the code begins; undefined where there is none. */
  readonly code: bigint | undefined;
  readonly symbols: () => SymbolTable;
  /** The bytes of the section that ELF has under this name, inflated; undefined where there is none. Throws. */
  readonly section: (name: string) => Uint8Array | undefined;
  /** Tells addresses in memory from a mapping; throws where this file cannot have been mapped so. */
  readonly placed: (range: MappedRange) => Placed;
}

/** The address in the file of one in memory; throws where it has none. */
export type Placed = (address: bigint) => { readonly address: bigint; readonly isData: boolean };

interface FormatRow {
  readonly name: string;
  readonly isMagic: (magic: number) => boolean;
  readonly read: (file: FileBytes) => ObjectImage;
}

/** By their first four bytes, big-endian. */
const FORMATS: readonly FormatRow[] = [
  { name: "ELF", isMagic: (magic) => magic === 0x7f454c46, read: elfImage },
  {
    name: "Mach-O",
    isMagic: (magic) => [0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe].includes(magic),
    read: machImage,
  },
  {
    name: "fat Mach-O",
    isMagic: (magic) => [0xcafebabe, 0xcafebabf, 0xbebafeca].includes(magic),
    read: fatMachImage,
  },
  { name: "PE", isMagic: (magic) => magic >>> 16 === 0x4d5a, read: peImage },
];

/** Reads the headers of an object file and hands it on; throws what is wrong, and with which format. */
export function withImage<T>(file: FileBytes, use: (image: ObjectImage) => T): T {
  const magic = file.size < 4 ? 0 : file.read(0, 4).getUint32(0);
  const format = FORMATS.find(({ isMagic }) => isMagic(magic));
  if (format === undefined) throw new Error(`unrecognized binary format: ${file.path}`);
  try {
    return use(format.read(file));
  } catch (error) {
    throw new Error(
      `error reading ${format.name} file ${file.path}: ${error instanceof Error ? error.message : error}`,
    );
  }
}
