import { describe, expect, it } from "vitest";
import { FileBytes } from "../../src/native/bytes/file-bytes.ts";
import type { Elf, ElfSegment } from "../../src/native/image/elf.ts";
import { baseAddress, segmentAt, segmentsOf, textSegment } from "../../src/native/image/elf-base.ts";

const LOAD = 1;
const EXECUTABLE = 5;

function segment(offset: bigint, address: bigint, size: bigint, flags = EXECUTABLE): ElfSegment {
  return { type: LOAD, flags, offset, address, fileSize: size, memorySize: size, align: 0x1000n };
}

function elf(type: number, segments: readonly ElfSegment[], text = 0n): Elf {
  const section = { type: 1, flags: 6n, offset: 0, size: 1, link: 0, align: 16 };
  const sections = text === 0n ? [] : [{ ...section, name: ".text", address: text }];
  return {
    file: new FileBytes(import.meta.filename),
    is64: true,
    littleEndian: true,
    type,
    segments,
    sections,
  };
}

const EXEC = 2;
const DYN = 3;
const REL = 1;
const KERNEL = 0xffffffff81000000n;

describe("base address", () => {
  const at = (start: bigint, limit: bigint, offset: bigint) => ({ start, limit, offset });
  const rows: [name: string, Elf, text: bigint | undefined, ReturnType<typeof at>, base: bigint][] = [
    [
      "executable where it was linked to",
      elf(EXEC, [segment(0n, 0x400000n, 0x1000n)]),
      undefined,
      at(0x400000n, 0x401000n, 0n),
      0n,
    ],
    [
      "executable that was moved",
      elf(EXEC, [segment(0n, 0x400000n, 0x1000n)]),
      undefined,
      at(0x500000n, 0x501000n, 0n),
      0x100000n,
    ],
    [
      "executable with a code segment behind others",
      elf(EXEC, [segment(0x2000n, 0x402000n, 0x1000n)]),
      undefined,
      at(0x402000n, 0x403000n, 0x2000n),
      0n,
    ],
    [
      "mapping made up for everything",
      elf(DYN, [segment(0n, 0x1000n, 0x1000n)]),
      undefined,
      at(0n, 2n ** 64n - 1n, 0n),
      0n,
    ],
    [
      "shared object",
      elf(DYN, [segment(0x1000n, 0x1000n, 0x1000n)]),
      undefined,
      at(0x7f0000001000n, 0x7f0000002000n, 0x1000n),
      0x7f0000000000n,
    ],
    [
      "shared object whose segment was moved in the file",
      elf(DYN, [segment(0x1f00n, 0x2f00n, 0x1000n)]),
      undefined,
      at(0x7f0000002000n, 0x7f0000004000n, 0x1000n),
      0x7f0000000000n,
    ],
    [
      "kernel where it was linked to",
      elf(EXEC, [segment(0x200000n, KERNEL, 0x1000000n)]),
      undefined,
      at(KERNEL, KERNEL + 0x1000000n, 0n),
      0n,
    ],
    [
      "kernel that was moved",
      elf(EXEC, [segment(0x200000n, KERNEL, 0x1000000n)]),
      undefined,
      at(KERNEL + 0x2000000n, KERNEL + 0x3000000n, 0n),
      0x2000000n,
    ],
    [
      "kernel that perf placed by its first symbol",
      elf(EXEC, [segment(0x200000n, KERNEL, 0x1000000n)]),
      KERNEL + 0x198n,
      at(KERNEL + 0x2000198n, KERNEL + 0x3000000n, 0n),
      0x2000000n,
    ],
    [
      "kernel moved to the first page",
      elf(EXEC, [segment(0x200000n, KERNEL, 0x1000000n)]),
      KERNEL + 0x198n,
      at(0n, 0x1000000n, 0n),
      BigInt.asUintN(64, -(KERNEL + 0x198n)),
    ],
    ["kernel module", elf(REL, []), undefined, at(0xffffffffc0000000n, 0xffffffffc0010000n, 0n), 0xffffffffc0000000n],
  ];
  for (const [name, file, text, range, base] of rows) {
    it(`of a ${name}`, () => {
      expect(baseAddress(file, file.segments[0], text, range)).toBe(base);
    });
  }

  it("needs a mapping that fits", () => {
    const file = elf(REL, []);
    expect(() => baseAddress(file, undefined, undefined, at(0x1000n, 0x2000n, 0x40n))).toThrow("offset 0x40");
    expect(() => baseAddress(elf(4, []), undefined, undefined, at(1n, 2n, 0n))).toThrow("an ELF file of type 4");
  });
});

describe("the segment of an address", () => {
  // A linker's usual layout: headers, code, constants, data.
  const segments = [
    segment(0n, 0n, 0xf88n, 4),
    segment(0x1000n, 0x1000n, 0x2e55n),
    segment(0x4000n, 0x4000n, 0x716n, 4),
    segment(0x4d50n, 0x5d50n, 0x368n, 6),
  ];
  const file = elf(DYN, segments, 0x1100n);
  const found = (start: bigint, limit: bigint, offset: bigint, address: bigint) => {
    const range = { start, limit, offset };
    return segmentAt(segmentsOf(file, range, undefined), range, address);
  };

  it("is the one that the mapping was made of", () => {
    expect(found(0x10001000n, 0x10004000n, 0x1000n, 0x10001234n)).toBe(segments[1]);
    expect(found(0x10004000n, 0x10005000n, 0x4000n, 0x10004010n)).toBe(segments[2]);
    // Constants and data begin in one page of the file.
    expect(found(0x10005000n, 0x10006000n, 0x4000n, 0x10005d60n)).toBe(segments[3]);
    expect(textSegment(file)).toBe(segments[1]);
  });

  it("is told by the offset in the file where several share a page", () => {
    expect(found(0x10004000n, 0x10005000n, 0x4000n, 0x10004d60n)).toBe(segments[3]);
    expect(() => found(0x10004000n, 0x10005000n, 0x4000n, 0x10004800n)).toThrow("no segment holds offset 0x4800");
    expect(() => found(0x10000000n, 0x10001000n, 0x9000n, 0x10000000n)).toThrow("no segment fits 0x10000000-");
  });
});
