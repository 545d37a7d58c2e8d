import { bytesOf, cString } from "../bytes/byte-text.ts";
import type { FileBytes } from "../bytes/file-bytes.ts";
import { inflate, inflateGnu } from "../bytes/inflate.ts";

/** What an ELF file says of itself; addresses as it says them, offsets in bytes from its start. */
export interface Elf {
  readonly file: FileBytes;
  readonly is64: boolean;
  readonly littleEndian: boolean;
  readonly type: number;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
}

export interface ElfSegment {
  readonly type: number;
  readonly flags: number;
  readonly offset: bigint;
  readonly address: bigint;
  readonly fileSize: bigint;
  readonly memorySize: bigint;
  readonly align: bigint;
}

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly align: number;
}

export const ELF_TYPE: { readonly REL: 1; readonly EXEC: 2; readonly DYN: 3 } = { REL: 1, EXEC: 2, DYN: 3 };
export const SEGMENT_LOAD = 1;
export const SEGMENT_NOTE = 4;
export const SEGMENT_EXECUTABLE = 1;
export const SECTION_NOTE = 7;

/** Reads the headers of an ELF file; throws what is wrong with them. */
export function readElf(file: FileBytes): Elf {
  const ident = file.read(0, 16);
  if (ident.getUint32(0) !== 0x7f454c46) throw new Error(`not an ELF file: ${file.path}`);
  const bits = ident.getUint8(4);
  const order = ident.getUint8(5);
  if (bits !== 1 && bits !== 2) throw new Error(`invalid ELF class ${bits}: must be 1 or 2`);
  if (order !== 1 && order !== 2) throw new Error(`invalid ELF byte order ${order}: must be 1 or 2`);
  const is64 = bits === 2;
  const littleEndian = order === 1;
  const header = new Fields(file.read(0, is64 ? 64 : 52), is64, littleEndian);
  const at = is64
    ? { programs: 32, sections: 40, programSize: 54, programCount: 56, sectionSize: 58, sectionCount: 60, names: 62 }
    : { programs: 28, sections: 32, programSize: 42, programCount: 44, sectionSize: 46, sectionCount: 48, names: 50 };
  const programs = header.offset(at.programs);
  const programSize = header.half(at.programSize);
  const sectionsAt = header.offset(at.sections);
  const sectionSize = header.half(at.sectionSize);
  let sectionCount = header.half(at.sectionCount);
  let names = header.half(at.names);
  if (sectionsAt > 0 && (sectionCount === 0 || names === 0xffff)) {
    // More sections than 16 bits hold: the first one's fields say how many.
    const first = section(new Fields(file.read(sectionsAt, is64 ? 64 : 40), is64, littleEndian));
    if (sectionCount === 0) sectionCount = first.size;
    if (names === 0xffff) names = first.link;
  }
  const segments = rows(file, programs, header.half(at.programCount), programSize, is64 ? 56 : 32).map((row) =>
    segment(new Fields(row, is64, littleEndian)),
  );
  const unnamed = rows(file, sectionsAt, sectionsAt === 0 ? 0 : sectionCount, sectionSize, is64 ? 64 : 40).map(
    (row) => {
      const fields = new Fields(row, is64, littleEndian);
      return { nameAt: fields.word(0), section: section(fields) };
    },
  );
  const nameTable = unnamed[names]?.section;
  const text = nameTable === undefined ? new Uint8Array(0) : bytesOf(file.read(nameTable.offset, nameTable.size));
  const sections = unnamed.map(({ nameAt, section }) => ({ ...section, name: cString(text, nameAt) }));
  return { file, is64, littleEndian, type: header.half(16), segments, sections };
}

const NO_BITS = 8;
const COMPRESSED = 0x800n;
/** Larger than the debug information of any binary that fits into memory with it. */
const LARGEST_SECTION = 2 ** 31 - 1;

/** The bytes of the section of this name, inflated; undefined where the file has none. Throws what cannot be inflated. */
export function readSection(elf: Elf, name: string): Uint8Array | undefined {
  const named = (name: string): ElfSection | undefined =>
    elf.sections.find((section) => section.name === name && section.type !== NO_BITS && section.size > 0);
  const found = named(name);
  if (found === undefined) {
    // As GNU's tools compressed them before ELF knew of it.
    const old = name.startsWith(".debug_") ? named(`.z${name.slice(1)}`) : undefined;
    return old && inflateGnu(bytesOf(elf.file.read(old.offset, old.size)));
  }
  if (found.size > LARGEST_SECTION) return undefined;
  const view = elf.file.read(found.offset, found.size);
  if ((found.flags & COMPRESSED) === 0n) return bytesOf(view);
  const header = new Fields(view, elf.is64, elf.littleEndian);
  return inflate(header.word(0), bytesOf(view).subarray(elf.is64 ? 24 : 12), header.offset(elf.is64 ? 8 : 4));
}

function rows(file: FileBytes, at: number, count: number, size: number, atLeast: number): DataView[] {
  if (count === 0) return [];
  if (size < atLeast) throw new Error(`invalid ELF header entry of ${size} bytes: must have ${atLeast}`);
  const all = file.read(at, count * size);
  return Array.from({ length: count }, (_, i) => new DataView(all.buffer, i * size, size));
}

function segment(fields: Fields): ElfSegment {
  const { is64 } = fields;
  return {
    type: fields.word(0),
    flags: fields.word(is64 ? 4 : 24),
    offset: fields.address(is64 ? 8 : 4),
    address: fields.address(is64 ? 16 : 8),
    fileSize: fields.address(is64 ? 32 : 16),
    memorySize: fields.address(is64 ? 40 : 20),
    align: fields.address(is64 ? 48 : 28),
  };
}

function section(fields: Fields): Omit<ElfSection, "name"> {
  const { is64 } = fields;
  return {
    type: fields.word(4),
    flags: fields.address(8),
    address: fields.address(is64 ? 16 : 12),
    offset: fields.offset(is64 ? 24 : 16),
    size: fields.offset(is64 ? 32 : 20),
    link: fields.word(is64 ? 40 : 24),
    align: fields.offset(is64 ? 48 : 32),
  };
}

/** A header's fields, in the file's class and byte order. */
class Fields {
  readonly #view: DataView;
  readonly is64: boolean;
  readonly #littleEndian: boolean;

  constructor(view: DataView, is64: boolean, littleEndian: boolean) {
    this.#view = view;
    this.is64 = is64;
    this.#littleEndian = littleEndian;
  }

  half(at: number): number {
    return this.#view.getUint16(at, this.#littleEndian);
  }

  word(at: number): number {
    return this.#view.getUint32(at, this.#littleEndian);
  }

  address(at: number): bigint {
    return this.is64 ? this.#view.getBigUint64(at, this.#littleEndian) : BigInt(this.word(at));
  }

  offset(at: number): number {
    return Number(this.address(at));
  }
}
