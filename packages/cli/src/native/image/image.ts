import type { FileBytes } from "../bytes/file-bytes.ts";
import { elfImage } from "./elf-image.ts";
import { fatMachImage, machImage } from "./mach-o.ts";
import type { ObjectImage } from "./object-image.ts";
import { peImage } from "./pe.ts";

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
