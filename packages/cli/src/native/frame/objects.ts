import type { MappedRange } from "../image/elf-base.ts";
import { FileBytes } from "../image/file-bytes.ts";
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
    buildId: image.buildId,
    unread: reader.unread,
    objectAddress: (address) => place(address).address,
    sourceLines,
    symbols: (matches, address) => symbolGroups(image.symbols(), image.path, matches, address),
  };
}
