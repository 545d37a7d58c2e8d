import type { Instruction, ObjectSymbol } from "@pprof-ts/report";
import type { SourceFrame } from "../image/source-frame.ts";

/** What symbolization and disassembly ask of the machine: the object files behind a profile's mappings. */
export interface NativeBinaries {
  /**
   * Opens the file that was mapped at `start` up to `limit` from `offset`. With `fast` it answers with names alone.
   * Throws an error that says why it cannot: not there, not an object file, no base address for that mapping.
   */
  open(file: string, start: bigint, limit: bigint, offset: bigint, fast?: boolean): NativeObject;
  /** The instructions from `start` up to `end`, addresses as in the file; throws. */
  disassemble(file: string, start: bigint, end: bigint, intelSyntax: boolean): readonly Instruction[];
  /** As `disassemble`, while others work. */
  disassembleBeside(file: string, start: bigint, end: bigint, intelSyntax: boolean): Promise<readonly Instruction[]>;
}

export interface NativeObject {
  /** In lower-case hex; "" where the file has none. */
  readonly buildId: string;
  /** The address in the file of an address in memory; throws where it has none. */
  objectAddress(address: bigint): bigint;
  /** Why no lines can be read though the file has them; "" where they can. */
  readonly unread: string;
  /** The frames at each of these addresses in memory, innermost first; none where nothing is known. */
  sourceLines(addresses: readonly bigint[]): readonly (readonly SourceFrame[])[];
  /** As `sourceLines`, while others work. */
  sourceLinesBeside(addresses: readonly bigint[]): Promise<readonly (readonly SourceFrame[])[]>;
  /** Symbols with a name that `matches`, or that hold `address` (0n for none), by address. */
  symbols(matches: (name: string) => boolean, address: bigint): readonly ObjectSymbol[];
}

/**
 * What `make` makes of disassemblies, while others work: called once without any, for what it asks for, and again when
 * that is there.
 */
export async function withDisassemblies<T>(
  binaries: NativeBinaries,
  make: (binaries: NativeBinaries) => T,
): Promise<T> {
  const asked = new Map<string, Parameters<NativeBinaries["disassemble"]>>();
  make({
    ...binaries,
    disassemble(...args) {
      asked.set(args.join(), args);
      return [];
    },
  });
  const known = new Map<string, readonly Instruction[]>();
  for (const [key, args] of asked) known.set(key, await binaries.disassembleBeside(...args));
  return make({ ...binaries, disassemble: (...args) => known.get(args.join()) ?? [] });
}
