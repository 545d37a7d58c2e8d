import { bytesOf, cString, type Elf, type ElfSection } from "./elf.ts";

/** A file's symbols with an address, sorted by it. */
export interface SymbolTable {
  readonly length: number;
  readonly address: BigUint64Array;
  readonly size: BigUint64Array;
  /** 1 for data, 0 for code. */
  readonly isData: Uint8Array;
  name(row: number): string;
}

const SYMBOLS = 2;
const DYNAMIC_SYMBOLS = 11;
const TYPE = { OBJECT: 1, SECTION: 3, FILE: 4, TLS: 6 } as const;
const SECTION_UNDEFINED = 0;
const SECTION_ABSOLUTE = 0xfff1;
const SECTION_COMMON = 0xfff2;

/** The symbol table, or the dynamic one where it was stripped. */
export function readSymbols(elf: Elf): SymbolTable {
  const named = (type: number): ElfSection | undefined => elf.sections.find((section) => section.type === type);
  const section = named(SYMBOLS) ?? named(DYNAMIC_SYMBOLS);
  return section === undefined ? EMPTY : readTable(elf, section);
}

const EMPTY: SymbolTable = {
  length: 0,
  address: new BigUint64Array(0),
  size: new BigUint64Array(0),
  isData: new Uint8Array(0),
  name: () => "",
};

function readTable(elf: Elf, section: ElfSection): SymbolTable {
  const { is64, littleEndian, file } = elf;
  const entry = is64 ? 24 : 16;
  const view = file.read(section.offset, section.size);
  const namesSection = elf.sections[section.link];
  if (namesSection === undefined) return EMPTY;
  const names = bytesOf(file.read(namesSection.offset, namesSection.size));
  const count = Math.floor(section.size / entry);
  const rows: number[] = [];
  const addressOf = new BigUint64Array(count);
  for (let i = 0; i < count; i++) {
    const at = i * entry;
    const type = view.getUint8(at + (is64 ? 4 : 12)) & 15;
    const owner = view.getUint16(at + (is64 ? 6 : 14), littleEndian);
    if (type === TYPE.FILE || type === TYPE.SECTION || type === TYPE.TLS) continue;
    if (owner === SECTION_UNDEFINED || owner === SECTION_ABSOLUTE || owner === SECTION_COMMON) continue;
    // $x, $d and the like mark code and data for ARM's disassemblers; .L labels are the assembler's.
    const first = names[view.getUint32(at, littleEndian)];
    if (first === undefined || first === 0 || (first === 0x24 && type === 0)) continue;
    addressOf[i] = is64 ? view.getBigUint64(at + 8, littleEndian) : BigInt(view.getUint32(at + 4, littleEndian));
    rows.push(i);
  }
  rows.sort((a, b) => compare(addressOf[a]!, addressOf[b]!) || a - b);
  const sizeAt = (at: number): bigint =>
    is64 ? view.getBigUint64(at + 16, littleEndian) : BigInt(view.getUint32(at + 8, littleEndian));
  return {
    length: rows.length,
    address: BigUint64Array.from(rows, (i) => addressOf[i]!),
    size: BigUint64Array.from(rows, (i) => sizeAt(i * entry)),
    isData: Uint8Array.from(rows, (i) => ((view.getUint8(i * entry + (is64 ? 4 : 12)) & 15) === TYPE.OBJECT ? 1 : 0)),
    name: (row) => cString(names, view.getUint32(rows[row]! * entry, littleEndian)),
  };
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The last row at or before an address, or -1; of rows at one address the last. */
export function rowBefore(addresses: BigUint64Array, address: bigint): number {
  let low = 0;
  let high = addresses.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (addresses[middle]! <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The row of the symbol that holds an address, or -1; a symbol without a size reaches up to the next. */
export function symbolAt(symbols: SymbolTable, address: bigint): number {
  const last = rowBefore(symbols.address, address);
  // A sized symbol may hold others: those few that begin before it are looked at too.
  for (let row = last; row >= 0 && row > last - NESTED; row--) {
    const size = symbols.size[row]!;
    if (address < symbols.address[row]! + size) return bestAlias(symbols, row);
    if (size === 0n && symbols.address[row] === symbols.address[last] && !symbols.isData[row]) {
      return bestAlias(symbols, row);
    }
  }
  return -1;
}

const NESTED = 16;

/** Of the symbols at one address the first one as long as this. */
function bestAlias(symbols: SymbolTable, from: number): number {
  let best = from;
  for (let row = from - 1; row >= 0 && symbols.address[row] === symbols.address[from]; row--) {
    if (symbols.size[row] === symbols.size[from]) best = row;
  }
  return best;
}

/** A row of this name, or -1. */
export function rowNamed(symbols: SymbolTable, name: string): number {
  for (let row = 0; row < symbols.length; row++) if (symbols.name(row) === name) return row;
  return -1;
}
