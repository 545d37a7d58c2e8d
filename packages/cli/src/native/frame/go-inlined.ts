import type { ObjectImage } from "../image/object-image.ts";

/** A call that the compiler replaced by the function's body. */
export interface InlinedCall {
  /** Where the function's name is in the table of names. */
  readonly name: number;
  /** An instruction of the calling function whose line is that of the call. */
  readonly parentOffset: number;
  readonly startLine: number;
}

/** Where the linker puts what it knows of functions, in ELF, Mach-O and PE files. */
const PLACES = [".rodata", ".rdata", ".gopclntab", ".data.rel.ro.gopclntab", ".data.rel.ro"];
const CALL_SIZE = 16;
/** Fewer may fit somewhere else by chance. */
const FEWEST = 10;

/**
 * Finds a function's inlined calls, from the offset that it has for them. What that counts from stands in a record
 * whose fields change with every version of Go, so it is looked for: the one place from which all of the `sampled`
 * offsets lead to calls of functions that have a name.
 */
export function inlinedCalls(
  image: ObjectImage,
  names: Uint8Array,
  sampled: readonly number[],
): ((tree: number, index: number) => InlinedCall) | undefined {
  if (sampled.length < FEWEST) return undefined;
  for (const place of PLACES) {
    const bytes = image.section(place);
    if (bytes === undefined) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const callAt = (at: number): InlinedCall => {
      const [name, parentOffset, startLine] = [4, 8, 12].map((field) => view.getInt32(at + field, image.littleEndian));
      return { name: name!, parentOffset: parentOffset!, startLine: startLine! };
    };
    const isCall = (at: number): boolean => {
      // The number of a special function and three bytes of nothing.
      if (bytes[at + 1] !== 0 || bytes[at + 2] !== 0 || bytes[at + 3] !== 0) return false;
      const { name, parentOffset, startLine } = callAt(at);
      return name > 0 && names[name - 1] === 0 && !!names[name] && parentOffset >= 0 && startLine > 0;
    };
    const last = bytes.length - sampled.reduce((last, tree) => Math.max(last, tree), 0) - CALL_SIZE;
    for (let base = 0; base <= last; base += 4) {
      if (sampled.every((tree) => isCall(base + tree))) return (tree, index) => callAt(base + tree + index * CALL_SIZE);
    }
  }
  return undefined;
}
