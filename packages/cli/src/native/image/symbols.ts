import { cString } from "../bytes/byte-text.ts";

/** A file's symbols with an address, sorted by it and by their names' bytes, as nm lists them. */
export interface SymbolTable {
  readonly length: number;
  /** How many symbols of other files nm lists before these. */
  readonly undefinedCount: number;
  readonly address: BigUint64Array;
  /** 0 where the file does not say. */
  readonly size: BigUint64Array;
  /** 1 for data and weak symbols, which end where their size says; others reach up to the next. */
  readonly endsAtSize: Uint8Array;
  name(row: number): string;
}

/** A symbol in the order of the file; its name stands at `nameAt` of the table's names, up to a zero byte. */
export interface FoundSymbol {
  readonly address: bigint;
  readonly size: bigint;
  readonly endsAtSize: boolean;
  readonly nameAt: number;
}

export function symbolTable(found: FoundSymbol[], names: Uint8Array, undefinedCount = 0): SymbolTable {
  found.sort((a, b) =>
    a.address < b.address ? -1 : a.address > b.address ? 1 : compareNames(names, a.nameAt, b.nameAt),
  );
  const nameAt = Uint32Array.from(found, (symbol) => symbol.nameAt);
  return {
    length: found.length,
    undefinedCount,
    address: BigUint64Array.from(found, ({ address }) => address),
    size: BigUint64Array.from(found, ({ size }) => size),
    endsAtSize: Uint8Array.from(found, ({ endsAtSize }) => (endsAtSize ? 1 : 0)),
    name: (row) => cString(names, nameAt[row]!),
  };
}

function compareNames(names: Uint8Array, a: number, b: number): number {
  for (let i = 0; ; i++) {
    const difference = (names[a + i] ?? 0) - (names[b + i] ?? 0);
    if (difference !== 0 || !names[a + i]) return difference;
  }
}

/** The row of the symbol that the reference tool finds for an address in the list of llvm-nm, or -1. */
export function symbolAt(symbols: SymbolTable, address: bigint): number {
  const { length, address: addresses, size, endsAtSize } = symbols;
  if (length === 0 || address < addresses[0]! || address >= addresses[length - 1]! + size[length - 1]!) return -1;
  // Of several symbols at one address it takes the one that its search meets, which those of other files move.
  let low = -symbols.undefinedCount;
  for (let high = length; low + 1 < high; ) {
    const middle = Math.floor((low + high) / 2);
    const at = middle < 0 ? -1n : addresses[middle]!;
    if (at <= address) low = middle;
    else high = middle;
    if (at === address) break;
  }
  return endsAtSize[low] === 1 && address >= addresses[low]! + size[low]! ? -1 : low;
}

/** A row of this name, or -1. */
export function rowNamed(symbols: SymbolTable, name: string): number {
  for (let row = 0; row < symbols.length; row++) if (symbols.name(row) === name) return row;
  return -1;
}
