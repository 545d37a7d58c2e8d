import type { ObjectImage } from "../image/object-image.ts";
import { ByteReader } from "./byte-reader.ts";

/**
 * The sections with debug information of a file. Addresses are numbers of bytes from `bias`, the file's lowest: a double
 * then holds those of a kernel too.
 */
export interface DebugSections {
  readonly bias: bigint;
  readonly info: ByteReader;
  readonly abbreviations: ByteReader;
  readonly line: ByteReader;
  readonly strings: ByteReader;
  readonly lineStrings: ByteReader;
  readonly stringOffsets: ByteReader;
  readonly addresses: ByteReader;
  /** Of DWARF 4 and before, and of 5. */
  readonly ranges: ByteReader;
  readonly rangeLists: ByteReader;
}

/** Undefined where the file has no debug information. */
export function debugSections(image: ObjectImage): DebugSections | undefined {
  const info = image.section(".debug_info");
  const abbreviations = image.section(".debug_abbrev");
  if (info === undefined || abbreviations === undefined) return undefined;
  const reader = (bytes: Uint8Array): ByteReader => new ByteReader(bytes, image.littleEndian);
  const optional = (name: string): ByteReader => reader(image.section(name) ?? new Uint8Array(0));
  return {
    bias: image.lowest,
    info: reader(info),
    abbreviations: reader(abbreviations),
    line: optional(".debug_line"),
    strings: optional(".debug_str"),
    lineStrings: optional(".debug_line_str"),
    stringOffsets: optional(".debug_str_offsets"),
    addresses: optional(".debug_addr"),
    ranges: optional(".debug_ranges"),
    rangeLists: optional(".debug_rnglists"),
  };
}

/** An address that the reader stands at. */
export function readAddress(sections: DebugSections, reader: ByteReader, size: number): number {
  const address = size === 8 ? reader.bigU64() : BigInt(reader.unsigned(size));
  return Number(address - sections.bias);
}
