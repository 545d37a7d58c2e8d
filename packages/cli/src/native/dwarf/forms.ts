import type { ByteReader } from "./byte-reader.ts";

/** What the forms of a unit depend on. */
export interface FormSizes {
  readonly version: number;
  readonly addressSize: number;
  /** 8 in the 64-bit format, else 4. */
  readonly offsetSize: number;
}

export const FORM = {
  ADDR: 0x01,
  DATA2: 0x05,
  DATA4: 0x06,
  DATA8: 0x07,
  STRING: 0x08,
  DATA1: 0x0b,
  SDATA: 0x0d,
  STRP: 0x0e,
  UDATA: 0x0f,
  REF_ADDR: 0x10,
  REF1: 0x11,
  REF2: 0x12,
  REF4: 0x13,
  REF8: 0x14,
  REF_UDATA: 0x15,
  INDIRECT: 0x16,
  SEC_OFFSET: 0x17,
  STRX: 0x1a,
  ADDRX: 0x1b,
  LINE_STRP: 0x1f,
  IMPLICIT_CONST: 0x21,
  LOCLISTX: 0x22,
  RNGLISTX: 0x23,
  STRX1: 0x25,
  STRX2: 0x26,
  STRX3: 0x27,
  STRX4: 0x28,
  ADDRX1: 0x29,
  ADDRX2: 0x2a,
  ADDRX3: 0x2b,
  ADDRX4: 0x2c,
} as const;

type Skip = (reader: ByteReader, sizes: FormSizes) => void;

const fixed =
  (size: number): Skip =>
  (reader) =>
    reader.skip(size);
const offset: Skip = (reader, { offsetSize }) => reader.skip(offsetSize);
const address: Skip = (reader, { addressSize }) => reader.skip(addressSize);
const uleb: Skip = (reader) => void reader.uleb();
const block: Skip = (reader) => reader.skip(reader.uleb());

/** What steps over a value, by its form. */
const SKIPS: Readonly<Record<number, Skip>> = {
  [FORM.ADDR]: address,
  3: (reader) => reader.skip(reader.u16()),
  4: (reader) => reader.skip(reader.u32()),
  [FORM.DATA2]: fixed(2),
  [FORM.DATA4]: fixed(4),
  [FORM.DATA8]: fixed(8),
  [FORM.STRING]: (reader) => {
    while (reader.u8() !== 0);
  },
  9: block,
  10: (reader) => reader.skip(reader.u8()),
  [FORM.DATA1]: fixed(1),
  12: fixed(1),
  [FORM.SDATA]: uleb,
  [FORM.STRP]: offset,
  [FORM.UDATA]: uleb,
  [FORM.REF_ADDR]: (reader, sizes) => (sizes.version < 3 ? address : offset)(reader, sizes),
  [FORM.REF1]: fixed(1),
  [FORM.REF2]: fixed(2),
  [FORM.REF4]: fixed(4),
  [FORM.REF8]: fixed(8),
  [FORM.REF_UDATA]: uleb,
  [FORM.SEC_OFFSET]: offset,
  24: block,
  25: fixed(0),
  [FORM.STRX]: uleb,
  [FORM.ADDRX]: uleb,
  28: fixed(4),
  29: offset,
  30: fixed(16),
  [FORM.LINE_STRP]: offset,
  32: fixed(8),
  [FORM.IMPLICIT_CONST]: fixed(0),
  [FORM.LOCLISTX]: uleb,
  [FORM.RNGLISTX]: uleb,
  36: fixed(8),
  [FORM.STRX1]: fixed(1),
  [FORM.STRX2]: fixed(2),
  [FORM.STRX3]: fixed(3),
  [FORM.STRX4]: fixed(4),
  [FORM.ADDRX1]: fixed(1),
  [FORM.ADDRX2]: fixed(2),
  [FORM.ADDRX3]: fixed(3),
  [FORM.ADDRX4]: fixed(4),
  // GNU's for split and for supplementary files.
  7937: uleb,
  7938: uleb,
  7968: offset,
  7969: offset,
};

export function skipForm(reader: ByteReader, form: number, sizes: FormSizes): void {
  const skip = form === FORM.INDIRECT ? undefined : SKIPS[form];
  if (skip !== undefined) skip(reader, sizes);
  else if (form === FORM.INDIRECT) skipForm(reader, reader.uleb(), sizes);
  else throw new Error(`unknown DWARF form 0x${form.toString(16)}`);
}

/** How wide the number or index of a form is, where that is all there is to it. */
const WIDTHS: Readonly<Record<number, number>> = {
  [FORM.DATA1]: 1,
  [FORM.DATA2]: 2,
  [FORM.DATA4]: 4,
  [FORM.DATA8]: 8,
  [FORM.REF1]: 1,
  [FORM.REF2]: 2,
  [FORM.REF4]: 4,
  [FORM.REF8]: 8,
  [FORM.STRX1]: 1,
  [FORM.STRX2]: 2,
  [FORM.STRX4]: 4,
  [FORM.ADDRX1]: 1,
  [FORM.ADDRX2]: 2,
  [FORM.ADDRX4]: 4,
};

const ULEBS: ReadonlySet<number> = new Set<number>([
  FORM.UDATA,
  FORM.REF_UDATA,
  FORM.STRX,
  FORM.ADDRX,
  FORM.RNGLISTX,
  FORM.LOCLISTX,
]);

const OFFSETS: ReadonlySet<number> = new Set<number>([FORM.STRP, FORM.LINE_STRP, FORM.SEC_OFFSET]);

/** The number, index or offset of a form; undefined for forms that hold none, which are stepped over. */
export function readNumber(reader: ByteReader, form: number, sizes: FormSizes): number | undefined {
  const width = WIDTHS[form];
  if (width !== undefined) return reader.unsigned(width);
  if (ULEBS.has(form)) return reader.uleb();
  if (OFFSETS.has(form)) return reader.unsigned(sizes.offsetSize);
  if (form === FORM.SDATA) return reader.sleb();
  if (form === FORM.STRX3 || form === FORM.ADDRX3) return reader.u24();
  if (form === FORM.REF_ADDR) return reader.unsigned(sizes.version < 3 ? sizes.addressSize : sizes.offsetSize);
  skipForm(reader, form, sizes);
  return undefined;
}
