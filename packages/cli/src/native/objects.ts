import type { NativeBinaries, NativeObject, SourceFrame } from "./binaries.ts";
import { type Elf, type ElfSegment, readElf, SEGMENT_EXECUTABLE } from "./elf.ts";
import { baseAddress, type MappedRange, segmentAt, segmentsOf, textSegment } from "./elf-base.ts";
import { readBuildId } from "./elf-build-id.ts";
import { readSymbols, rowNamed, type SymbolTable } from "./elf-symbols.ts";
import { FileBytes } from "./file-bytes.ts";
import { frameReader } from "./frames.ts";
import { disassemble, findObjdump } from "./objdump.ts";
import { once } from "./once.ts";
import { symbolGroups } from "./symbol-groups.ts";

/** The object files of this machine, read with these tools; see `lazyBinaries`. */
export function openBinaries(tools: string): NativeBinaries {
  const objdump = once(() => findObjdump(tools));
  return {
    open: (path, start, limit, offset, fast) => {
      const file = new FileBytes(path);
      assertSupported(file);
      try {
        return openElf(readElf(file), { start, limit, offset }, tools, fast ?? false);
      } catch (error) {
        throw new Error(`error reading ELF file ${path}: ${error instanceof Error ? error.message : error}`);
      }
    },
    disassemble: (path, start, end, intelSyntax) => disassemble(objdump(), path, start, end, intelSyntax),
  };
}

/** First words of the formats that are known and not read. */
const UNSUPPORTED: Readonly<Record<number, string>> = {
  4277009102: "Mach-O",
  3472551422: "Mach-O",
  4277009103: "Mach-O",
  3489328638: "Mach-O",
  3405691582: "universal Mach-O",
  3199925962: "universal Mach-O",
};

function assertSupported(file: FileBytes): void {
  const magic = file.size < 4 ? 0 : file.read(0, 4).getUint32(0);
  if (magic === 0x7f454c46) return;
  const format = magic >>> 16 === 0x4d5a ? "PE" : UNSUPPORTED[magic];
  if (format === undefined) throw new Error(`unrecognized binary format: ${file.path}`);
  throw new Error(`${file.path} is a ${format} file: only ELF files are read`);
}

function openElf(elf: Elf, range: MappedRange, tools: string, fast: boolean): NativeObject {
  const symbols = once(() => readSymbols(elf));
  const text = relocationAddress(elf, range, symbols);
  // Says early what fits no mapping; which segment an address is of is known only with the address.
  baseAddress(elf, textSegment(elf), text, range);
  const { start, limit, offset } = range;
  const isMadeUp = start === 0n && offset === 0n && limit === 0n;
  const reader = frameReader(elf, symbols, tools, fast);
  let segments: readonly ElfSegment[] | undefined;

  const place = (address: bigint): { address: bigint; isData: boolean } => {
    if (!isMadeUp && (address < start || address >= limit)) {
      const bounds = `0x${start.toString(16)}-0x${limit.toString(16)}`;
      throw new Error(`address 0x${address.toString(16)} is outside of the mapping ${bounds} of ${elf.file.path}`);
    }
    segments ??= segmentsOf(elf, range, text);
    const segment = segmentAt(segments, range, address);
    return {
      address: BigInt.asUintN(64, address - baseAddress(elf, segment, text, range)),
      isData: segment !== undefined && (segment.flags & SEGMENT_EXECUTABLE) === 0,
    };
  };

  const sourceLines = (addresses: readonly bigint[]): (readonly SourceFrame[])[] => {
    const frames: (readonly SourceFrame[])[] = addresses.map(() => []);
    for (const wantsData of [false, true]) {
      const rows: number[] = [];
      const inFile: bigint[] = [];
      addresses.forEach((address, row) => {
        try {
          const found = place(address);
          if (found.isData !== wantsData) return;
          inFile.push(found.address);
          rows.push(row);
        } catch {
          // Nothing is known of an address that is in no segment.
        }
      });
      if (inFile.length === 0) continue;
      reader.read(inFile, wantsData).forEach((stack, i) => {
        frames[rows[i]!] = stack;
      });
    }
    return frames;
  };

  return {
    buildId: readBuildId(elf),
    objectAddress: (address) => place(address).address,
    sourceLines,
    sourceLine: (address) => {
      const found = place(address);
      const stack = reader.readOne(found.address, found.isData);
      if (stack.length === 0) throw new Error(`nothing is known of address 0x${address.toString(16)}`);
      return stack;
    },
    symbols: (matches, address) => symbolGroups(symbols(), elf.file.path, matches, address),
  };
}

/**
 * The address of the symbol that perf takes for a kernel's start. Looked for only where the file may be a kernel, as
 * reading all symbols takes its time.
 */
function relocationAddress(
  { file }: Elf,
  { start, limit, offset }: MappedRange,
  symbols: () => SymbolTable,
): bigint | undefined {
  const isAligned = [start, limit, offset].every((value) => value % 4096n === 0n);
  if (isAligned && !file.path.includes("vmlinux")) return undefined;
  const table = symbols();
  const row = rowNamed(table, "_stext");
  return row < 0 ? undefined : table.address[row];
}
