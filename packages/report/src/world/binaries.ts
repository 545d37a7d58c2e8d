/** Opens and disassembles object files, for disasm and weblist: what the reference tool has binutils for. */
export interface Binaries {
  /** Opens the file that was mapped at `start` up to `limit` from `offset`; throws an error that says why it cannot. */
  open(file: string, start: bigint, limit: bigint, offset: bigint): ObjectFile;
  /** The instructions from `start` up to `end`, addresses as in the file; throws. */
  disassemble(file: string, start: bigint, end: bigint, intelSyntax: boolean): readonly Instruction[];
}

export interface ObjectFile {
  /** The address in the file of an address in memory; throws where it has none. */
  objectAddress(address: bigint): bigint;
  /** The frames at each of these addresses in memory, innermost first; none where nothing is known. */
  sourceLines(addresses: readonly bigint[]): readonly (readonly SourceFrame[])[];
  /** Symbols with a name that `matches`, or that hold `address` (0n for none); throws. */
  symbols(matches: (name: string) => boolean, address: bigint): readonly ObjectSymbol[];
}

export interface ObjectSymbol {
  /** All names of the symbol, the one to print first. */
  readonly names: readonly string[];
  readonly file: string;
  /** Addresses in the file, both included. */
  readonly start: bigint;
  readonly end: bigint;
}

export interface SourceFrame {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

export interface Instruction {
  readonly address: bigint;
  readonly text: string;
  readonly function: string;
  readonly file: string;
  readonly line: number;
}
