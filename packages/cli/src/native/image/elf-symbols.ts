import { bytesOf } from "../bytes/byte-text.ts";
import type { Elf, ElfSection } from "./elf.ts";
import { type FoundSymbol, type SymbolTable, symbolTable } from "./symbols.ts";

const SYMBOLS = 2;
const DYNAMIC_SYMBOLS = 11;
const TYPE = { SECTION: 3, FILE: 4, TLS: 6 } as const;
const BINDING_WEAK = 2;
const SECTION_EXECUTABLE = 4n;
const SECTION_UNDEFINED = 0;
const SECTION_ABSOLUTE = 0xfff1;
const SECTION_COMMON = 0xfff2;

/** The symbol table, or the dynamic one where it was stripped. */
export function readSymbols(elf: Elf): SymbolTable {
  const named = (type: number): ElfSection | undefined => elf.sections.find((section) => section.type === type);
  const section = named(SYMBOLS) ?? named(DYNAMIC_SYMBOLS);
  const namesSection = section && elf.sections[section.link];
  if (section === undefined || namesSection === undefined) return symbolTable([], new Uint8Array(0));
  const names = bytesOf(elf.file.read(namesSection.offset, namesSection.size));
  return readTable(elf, section, names);
}

function readTable({ is64, littleEndian, file, sections }: Elf, section: ElfSection, names: Uint8Array): SymbolTable {
  const entry = is64 ? 24 : 16;
  const view = file.read(section.offset, section.size);
  const word = (at: number): bigint =>
    is64 ? view.getBigUint64(at, littleEndian) : BigInt(view.getUint32(at, littleEndian));
  const found: FoundSymbol[] = [];
  let undefinedCount = 0;
  for (let at = 0; at + entry <= section.size; at += entry) {
    const info = view.getUint8(at + (is64 ? 4 : 12));
    const type = info & 15;
    const owner = view.getUint16(at + (is64 ? 6 : 14), littleEndian);
    if (owner === SECTION_UNDEFINED && at > 0) undefinedCount++;
    if (type === TYPE.FILE || type === TYPE.SECTION || type === TYPE.TLS) continue;
    if (owner === SECTION_UNDEFINED || owner === SECTION_ABSOLUTE || owner === SECTION_COMMON) continue;
    // $x, $d and the like mark code and data for ARM's disassemblers.
    const nameAt = view.getUint32(at, littleEndian);
    const first = names[nameAt];
    if (first === undefined || first === 0 || (first === 0x24 && type === 0)) continue;
    const isCode = ((sections[owner]?.flags ?? 0n) & SECTION_EXECUTABLE) !== 0n;
    found.push({
      address: word(at + (is64 ? 8 : 4)),
      size: word(at + (is64 ? 16 : 8)),
      endsAtSize: info >> 4 === BINDING_WEAK || !isCode,
      nameAt,
    });
  }
  return symbolTable(found, names, undefinedCount);
}
