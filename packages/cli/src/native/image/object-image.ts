import type { MappedRange } from "./elf-base.ts";
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
