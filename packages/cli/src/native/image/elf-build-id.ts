import { bytesOf, cString } from "../bytes/byte-text.ts";
import { type Elf, SECTION_NOTE, SEGMENT_NOTE } from "./elf.ts";

const GNU_BUILD_ID = 3;
const LARGEST = 1 << 20;

/** The build id that the linker gave an ELF file, in hex; "" where there is none. */
export function readBuildId(elf: Elf): string {
  for (const { type, offset, fileSize, align } of elf.segments) {
    const id = type === SEGMENT_NOTE ? noteIn(elf, Number(offset), Number(fileSize), Number(align)) : "";
    if (id !== "") return id;
  }
  for (const { type, offset, size, align } of elf.sections) {
    const id = type === SECTION_NOTE ? noteIn(elf, offset, size, align) : "";
    if (id !== "") return id;
  }
  return "";
}

function noteIn({ file, littleEndian }: Elf, offset: number, size: number, alignment: number): string {
  // The bytes of a file that is cut off, or of debug information that kept the header only.
  if (size > LARGEST || offset + size > file.size) return "";
  const align = alignment === 8 ? 8 : 4;
  const view = file.read(offset, size);
  const bytes = bytesOf(view);
  const padded = (length: number): number => Math.ceil(length / align) * align;
  for (let at = 0; at + 12 <= size; ) {
    const nameSize = view.getUint32(at, littleEndian);
    const idSize = view.getUint32(at + 4, littleEndian);
    const idAt = padded(at + 12 + nameSize);
    if (idAt + idSize > size) return "";
    const isBuildId = view.getUint32(at + 8, littleEndian) === GNU_BUILD_ID && cString(bytes, at + 12) === "GNU";
    if (isBuildId && nameSize === 4) return Buffer.from(bytes.subarray(idAt, idAt + idSize)).toString("hex");
    at = padded(idAt + idSize);
  }
  return "";
}
