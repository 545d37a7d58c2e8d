import { bytesOf, cString } from "../bytes/byte-text.ts";
import type { FileBytes } from "../bytes/file-bytes.ts";
import { inflateGnu } from "../bytes/inflate.ts";
import type { ObjectImage } from "./object-image.ts";
import { once } from "./once.ts";
import { type FoundSymbol, rowNamed, type SymbolTable, symbolTable } from "./symbols.ts";

interface PeSection {
  readonly name: string;
  /** From the image's base. */
  readonly address: number;
  readonly size: number;
  readonly offset: number;
  readonly isCode: boolean;
}

/** What a PE file says of itself. */
interface Pe {
  readonly file: FileBytes;
  readonly imageBase: bigint;
  readonly sections: readonly PeSection[];
  readonly symbolsAt: number;
  readonly symbolCount: number;
  /** The names that are longer than their fields, from the table's own size on. */
  readonly names: Uint8Array;
}

const SYMBOL_SIZE = 18;
const CODE = 0x20;
const CLASS = { EXTERNAL: 2, STATIC: 3 } as const;

/** A Windows program or library, with the COFF symbols and the DWARF sections that Go's and GNU's linkers write. */
export function peImage(file: FileBytes): ObjectImage {
  const pe = readPe(file);
  const { imageBase } = pe;
  const symbols = once(() => readSymbols(pe));
  const code = pe.sections.find(({ name }) => name === ".text");
  return {
    path: file.path,
    littleEndian: true,
    buildId: "",
    lowest: imageBase,
    code: code && imageBase + BigInt(code.address),
    symbols,
    section: (name) => (name === ".gopclntab" ? goTable(pe, symbols()) : readSection(pe, name)),
    placed: ({ start }) => {
      const base = start > 0n ? start - imageBase : 0n;
      return (address) => ({ address: BigInt.asUintN(64, address - base), isData: false });
    },
  };
}

function readPe(file: FileBytes): Pe {
  const at = file.read(0x3c, 4).getUint32(0, true);
  const head = file.read(at, 24);
  if (head.getUint32(0) !== 0x50450000) throw new Error("not a PE file: a program for DOS");
  const half = (view: DataView, at: number): number => view.getUint16(at, true);
  const word = (view: DataView, at: number): number => view.getUint32(at, true);
  const optionalSize = half(head, 20);
  if (optionalSize < 32) throw new Error(`an optional header of ${optionalSize} bytes has no image base`);
  const optional = file.read(at + 24, optionalSize);
  const magic = half(optional, 0);
  if (magic !== 0x10b && magic !== 0x20b) throw new Error(`invalid optional header 0x${magic.toString(16)}`);
  const symbolsAt = word(head, 12);
  const symbolCount = symbolsAt === 0 ? 0 : word(head, 16);
  const namesAt = symbolsAt + symbolCount * SYMBOL_SIZE;
  const names = symbolsAt === 0 ? new Uint8Array(0) : bytesOf(file.read(namesAt, word(file.read(namesAt, 4), 0)));
  const headers = file.read(at + 24 + optionalSize, half(head, 6) * 40);
  const sections: PeSection[] = [];
  for (let row = 0; row < headers.byteLength; row += 40) {
    const short = cString(new Uint8Array(headers.buffer, headers.byteOffset + row, 8), 0);
    sections.push({
      name: /^\/\d+$/.test(short) ? cString(names, Number(short.slice(1))) : short,
      address: word(headers, row + 12),
      // Padding up to the alignment of the file is no part of it.
      size: Math.min(word(headers, row + 8) || word(headers, row + 16), word(headers, row + 16)),
      offset: word(headers, row + 20),
      isCode: (word(headers, row + 36) & CODE) !== 0,
    });
  }
  const imageBase = magic === 0x20b ? optional.getBigUint64(24, true) : BigInt(word(optional, 28));
  return { file, imageBase, sections, symbolsAt, symbolCount, names };
}

function readSymbols({ file, imageBase, sections, symbolsAt, symbolCount, names }: Pe): SymbolTable {
  const view = file.read(symbolsAt, symbolCount * SYMBOL_SIZE);
  // Short names have no zero byte where they fill their field: they get one behind the long ones.
  const pool = new Uint8Array(names.length + symbolCount * 9);
  pool.set(names);
  let free = names.length;
  const found: FoundSymbol[] = [];
  for (let at = 0; at < view.byteLength; at += SYMBOL_SIZE * (1 + view.getUint8(at + 17))) {
    const section = sections[view.getInt16(at + 12, true) - 1];
    const storage = view.getUint8(at + 16);
    if (section === undefined || (storage !== CLASS.EXTERNAL && storage !== CLASS.STATIC)) continue;
    // A static symbol with more behind it describes a section.
    if (storage === CLASS.STATIC && view.getUint8(at + 17) > 0 && view.getUint32(at + 8, true) === 0) continue;
    let nameAt = view.getUint32(at + 4, true);
    if (view.getUint32(at, true) !== 0) {
      nameAt = free;
      pool.set(new Uint8Array(view.buffer, view.byteOffset + at, 8), free);
      free += 9;
    }
    found.push({
      address: imageBase + BigInt(section.address + view.getUint32(at + 8, true)),
      size: 0n,
      endsAtSize: !section.isCode,
      nameAt,
    });
  }
  return symbolTable(found, pool);
}

function readSection({ file, sections }: Pe, name: string): Uint8Array | undefined {
  const named = (text: string): Uint8Array | undefined => {
    const found = sections.find((section) => section.name === text && section.size > 0);
    return found && bytesOf(file.read(found.offset, found.size));
  };
  const plain = named(name);
  if (plain !== undefined || !name.startsWith(".debug_")) return plain;
  const compressed = named(`.z${name.slice(1)}`);
  return compressed && inflateGnu(compressed);
}

/** Go's line table has no section of its own here: it lies between two symbols. */
function goTable({ file, imageBase, sections }: Pe, symbols: SymbolTable): Uint8Array | undefined {
  const [from, to] = ["runtime.pclntab", "runtime.epclntab"].map((name) => {
    const row = rowNamed(symbols, name);
    return row < 0 ? undefined : Number(symbols.address[row]! - imageBase);
  });
  if (from === undefined || to === undefined || to < from) return undefined;
  const section = sections.find(({ address, size }) => from >= address && to <= address + size);
  return section && bytesOf(file.read(section.offset + from - section.address, to - from));
}
