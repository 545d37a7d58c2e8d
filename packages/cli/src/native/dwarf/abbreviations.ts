import type { ByteReader } from "./byte-reader.ts";

/** The shape of an entry: what it is, and which attributes it has in which form. */
export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly Attribute[];
}

export interface Attribute {
  readonly name: number;
  readonly form: number;
  /** The value itself, where it is the same in all entries. */
  readonly constant: number;
}

const IMPLICIT_CONSTANT = 0x21;

/** The abbreviations that begin where the reader stands, by their code. */
export function readAbbreviations(reader: ByteReader): Map<number, Abbreviation> {
  const abbreviations = new Map<number, Abbreviation>();
  for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
    const tag = reader.uleb();
    const hasChildren = reader.u8() === 1;
    const attributes: Attribute[] = [];
    for (;;) {
      const name = reader.uleb();
      const form = reader.uleb();
      const constant = form === IMPLICIT_CONSTANT ? reader.sleb() : 0;
      if (name === 0 && form === 0) break;
      attributes.push({ name, form, constant });
    }
    abbreviations.set(code, { tag, hasChildren, attributes });
  }
  return abbreviations;
}
