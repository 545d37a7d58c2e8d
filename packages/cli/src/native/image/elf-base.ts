import { ELF_TYPE, type Elf, type ElfSegment, SEGMENT_EXECUTABLE, SEGMENT_LOAD } from "./elf.ts";

/** Where a file was mapped: from `start` up to `limit` in memory, from `offset` in the file. */
export interface MappedRange {
  readonly start: bigint;
  readonly limit: bigint;
  readonly offset: bigint;
}

const PAGE = 4096n;
const UPPER_HALF = 1n << 63n;
/** Where a PowerPC kernel's pages begin. */
const POWERPC_PAGES = 0xc000000000000000n;

/**
 * What to subtract from an address in memory to get the file's own address for it. `text` is the address of the symbol
 * that a kernel was relocated by, if that is known. Throws where the mapping fits no way of loading such a file.
 */
export function baseAddress(
  elf: Elf,
  segment: ElfSegment | undefined,
  text: bigint | undefined,
  range: MappedRange,
): bigint {
  const { start, limit, offset } = range;
  // A mapping that was made up to span everything: its addresses are the file's own.
  if (start === 0n && offset === 0n && (limit === 0n || limit === BigInt.asUintN(64, -1n))) return 0n;
  if (elf.type === ELF_TYPE.REL) {
    if (offset !== 0n) throw new Error(`a relocatable file mapped from offset 0x${offset.toString(16)} has no base`);
    return start;
  }
  if (elf.type === ELF_TYPE.DYN) {
    if (segment === undefined) return wrapped(start - offset);
    return kernelBase(segment, text, range) ?? wrapped(start - offset + segment.offset - segment.address);
  }
  if (elf.type !== ELF_TYPE.EXEC) throw new Error(`an ELF file of type ${elf.type} has no base`);
  if (segment === undefined) return 0n;
  if (text === undefined && start > 0n && start < UPPER_HALF) {
    return wrapped(start - offset + segment.offset - segment.address);
  }
  const base = kernelBase(segment, text, range);
  if (base !== undefined) return base;
  // A kernel remapped to address 0 whose symbols are not known.
  if (start === 0n && text === undefined) return wrapped(start - segment.address);
  throw new Error(`no base fits an executable mapped at ${describe(range)}`);
}

/** perf takes a kernel's relocation symbol for the mapping's start; Chrome OS remaps its kernel to the first page. */
function kernelBase(segment: ElfSegment, text: bigint | undefined, range: MappedRange): bigint | undefined {
  const { start, limit, offset } = range;
  if (segment.address === wrapped(start - offset)) return offset;
  if (start === 0n && limit !== 0n && text !== undefined) return wrapped(start - text);
  const isOnTextsPage = text !== undefined && start % PAGE === text % PAGE;
  if (start >= UPPER_HALF && limit > start && (offset === 0n || offset === POWERPC_PAGES || offset === start)) {
    return wrapped(start - (isOnTextsPage ? text : segment.address));
  }
  return isOnTextsPage && start % PAGE !== 0n ? wrapped(start - text) : undefined;
}

/** The segment that holds the code: the one around `.text`. */
export function textSegment(elf: Elf): ElfSegment | undefined {
  for (const { name, address } of elf.sections) {
    if (name !== ".text") continue;
    const around = elf.segments.find(
      (segment) =>
        segment.type === SEGMENT_LOAD &&
        (segment.flags & SEGMENT_EXECUTABLE) !== 0 &&
        address >= segment.address &&
        address < segment.address + segment.memorySize,
    );
    if (around !== undefined) return around;
  }
  return undefined;
}

/** The segments that an address of this mapping may have been loaded from; none for a file without any. */
export function segmentsOf(elf: Elf, range: MappedRange, text: bigint | undefined): readonly ElfSegment[] {
  const { start, limit, offset } = range;
  if (text !== undefined || start >= limit || limit >= UPPER_HALF) {
    const segment = textSegment(elf);
    return segment === undefined ? [] : [segment];
  }
  const loaded = elf.segments.filter((segment) => segment.type === SEGMENT_LOAD);
  const fitting = loaded.filter((segment) => isMappedBy(segment, offset, limit - start));
  // Kernel modules have no segments at all.
  if (fitting.length === 0 && loaded.length > 0) throw new Error(`no segment fits ${describe(range)}`);
  return fitting;
}

/** The one of these segments that an address was loaded from; throws where there is none, or more than one. */
export function segmentAt(
  fitting: readonly ElfSegment[],
  { start, offset }: MappedRange,
  address: bigint,
): ElfSegment | undefined {
  if (fitting.length < 2) return fitting[0];
  const at = address - start + offset;
  const holding = fitting.filter((segment) => at >= segment.offset && at < segment.offset + segment.memorySize);
  if (holding.length === 1) return holding[0];
  const found = holding.length === 0 ? "no segment" : "more than one segment";
  throw new Error(`${found} holds offset 0x${at.toString(16)} of the file`);
}

function isMappedBy(segment: ElfSegment, offset: bigint, size: bigint): boolean {
  // The offset of a segment without bytes in the file may be anything.
  if (segment.fileSize === 0n) return false;
  const end = segment.offset + segment.memorySize;
  const limit = offset + size;
  if (offset >= end || segment.offset >= limit) return false;
  const intoPage = segment.address & (PAGE - 1n);
  const pageStart = segment.offset > intoPage ? segment.offset - intoPage : 0n;
  if (offset < pageStart) return false;
  // It would cover the segment's last page only, and pages beyond it: the mapping is of another segment.
  return !(offset > segment.offset && end < offset + PAGE && limit >= end + PAGE);
}

function describe({ start, limit, offset }: MappedRange): string {
  return `0x${start.toString(16)}-0x${limit.toString(16)} from offset 0x${offset.toString(16)}`;
}

function wrapped(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
