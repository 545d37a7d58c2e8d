import { FileBytes } from "../bytes/file-bytes.ts";
import type { MappedRange } from "../image/elf-base.ts";
import { withImage } from "../image/image.ts";
import type { ObjectImage } from "../image/object-image.ts";
import { once } from "../image/once.ts";
import type { SourceFrame } from "../image/source-frame.ts";
import type { NativeBinaries, NativeObject } from "./binaries.ts";
import { frameReader } from "./frames.ts";
import { disassemble, disassembleBeside, findObjdump } from "./objdump.ts";
import { symbolGroups } from "./symbol-groups.ts";

/** The object files of this machine, read with these tools; see `lazyBinaries`. */
export function openBinaries(tools: string): NativeBinaries {
  const objdump = once(() => findObjdump(tools));
  return {
    open: (path, start, limit, offset, fast) =>
      withImage(new FileBytes(path), (image) => openImage(image, { start, limit, offset }, tools, fast ?? false)),
    disassemble: (path, start, end, intelSyntax) => disassemble(objdump(), path, start, end, intelSyntax),
    disassembleBeside: async (path, start, end, intelSyntax) =>
      await disassembleBeside(objdump(), path, start, end, intelSyntax),
  };
}

function openImage(image: ObjectImage, range: MappedRange, tools: string, fast: boolean): NativeObject {
  const place = image.placed(range);
  const reader = frameReader(image, tools, fast);

  /** What is asked in one go: code and data are not asked alike. */
  const groups = (addresses: readonly bigint[]): Group[] => {
    const code: Group = { isData: false, rows: [], inFile: [] };
    const data: Group = { isData: true, rows: [], inFile: [] };
    addresses.forEach((address, row) => {
      try {
        const found = place(address);
        const group = found.isData ? data : code;
        group.inFile.push(found.address);
        group.rows.push(row);
      } catch {
        // Nothing is known of an address that is in no segment.
      }
    });
    return [code, data].filter(({ rows }) => rows.length > 0);
  };

  return {
    buildId: image.buildId,
    unread: reader.unread,
    objectAddress: (address) => place(address).address,
    sourceLines(addresses) {
      const asked = groups(addresses);
      const answers = asked.map(({ inFile, isData }) => reader.read(inFile, isData));
      return together(addresses, asked, answers);
    },
    async sourceLinesBeside(addresses) {
      const asked = groups(addresses);
      const answers: Answers[] = [];
      for (const { inFile, isData } of asked) answers.push(await reader.readBeside(inFile, isData));
      return together(addresses, asked, answers);
    },
    symbols: (matches, address) => symbolGroups(image.symbols(), image.path, matches, address),
  };
}

type Answers = readonly (readonly SourceFrame[])[];

/** Addresses in a file, and of which rows of what was asked they are. */
interface Group {
  readonly isData: boolean;
  readonly rows: number[];
  readonly inFile: bigint[];
}

function together(addresses: readonly bigint[], asked: readonly Group[], answers: readonly Answers[]): Answers {
  const frames: (readonly SourceFrame[])[] = addresses.map(() => []);
  asked.forEach(({ rows }, group) => {
    rows.forEach((row, i) => {
      frames[row] = answers[group]![i]!;
    });
  });
  return frames;
}
