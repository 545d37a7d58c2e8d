import type { FileBytes } from "../bytes/file-bytes.ts";
import { type Elf, readElf, readSection, SEGMENT_EXECUTABLE, SEGMENT_LOAD } from "./elf.ts";
import { baseAddress, type MappedRange, segmentAt, segmentsOf, textSegment } from "./elf-base.ts";
import { readBuildId } from "./elf-build-id.ts";
import { separateDebug } from "./elf-separate.ts";
import { readSymbols } from "./elf-symbols.ts";
import type { ObjectImage, Placed } from "./object-image.ts";
import { once } from "./once.ts";
import { rowNamed, type SymbolTable } from "./symbols.ts";

/** An ELF file, with the debug information that was split off from it where that is found. */
export function elfImage(file: FileBytes): ObjectImage {
  const elf = readElf(file);
  const symbols = once(() => readSymbols(elf));
  const buildId = readBuildId(elf);
  const debug = once(() => separateDebug(elf, buildId));
  const loaded = elf.segments.filter(({ type }) => type === SEGMENT_LOAD).map(({ address }) => address);
  return {
    path: file.path,
    littleEndian: elf.littleEndian,
    buildId,
    lowest: loaded.sort((a, b) => (a < b ? -1 : 1))[0] ?? 0n,
    code: elf.sections.find(({ name }) => name === ".text")?.address,
    symbols,
    section(name) {
      const own = readSection(elf, name);
      if (own !== undefined || !name.startsWith(".debug_")) return own;
      const other = debug();
      return other && readSection(other, name);
    },
    placed: (range) => placed(elf, range, symbols),
  };
}

function placed(elf: Elf, range: MappedRange, symbols: () => SymbolTable): Placed {
  const text = relocationAddress(elf, range, symbols);
  // Says early what fits no mapping; which segment an address is of is known only with the address.
  baseAddress(elf, textSegment(elf), text, range);
  const { start, limit, offset } = range;
  const isMadeUp = start === 0n && offset === 0n && limit === 0n;
  const segments = once(() => segmentsOf(elf, range, text));
  const loaded = elf.segments.filter(({ type }) => type === SEGMENT_LOAD);
  return (address) => {
    if (!isMadeUp && (address < start || address >= limit)) {
      const bounds = `0x${start.toString(16)}-0x${limit.toString(16)}`;
      throw new Error(`address 0x${address.toString(16)} is outside of the mapping ${bounds} of ${elf.file.path}`);
    }
    const segment = segmentAt(segments(), range, address);
    const inFile = BigInt.asUintN(64, address - baseAddress(elf, segment, text, range));
    // Of a mapping that stands for all of the file, the segment is that of the mapping's start.
    const holding = loaded.find((one) => inFile >= one.address && inFile < one.address + one.memorySize);
    return { address: inFile, isData: holding !== undefined && (holding.flags & SEGMENT_EXECUTABLE) === 0 };
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
