import { type Abbreviation, readAbbreviations } from "./abbreviations.ts";
import type { ByteReader } from "./byte-reader.ts";
import { FORM, type FormSizes, readNumber } from "./forms.ts";
import { type DebugSections, readAddress } from "./sections.ts";

/** A compilation unit: what its header and its first entry say. */
export interface Unit extends FormSizes {
  /** Where it begins and ends in `.debug_info`, and where its first entry does. */
  readonly start: number;
  readonly end: number;
  readonly entries: number;
  readonly abbreviations: ReadonlyMap<number, Abbreviation>;
  readonly stringOffsetsBase: number;
  readonly addressBase: number;
  readonly rangeListsBase: number;
  readonly lowPc: number;
  readonly directory: string;
  /** Where its line program is; undefined where it has none. */
  readonly lines: number | undefined;
  readonly ranges: readonly Range[];
}

/** From `start` up to `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export const ATTRIBUTE = {
  NAME: 0x03,
  STMT_LIST: 0x10,
  LOW_PC: 0x11,
  HIGH_PC: 0x12,
  COMP_DIR: 0x1b,
  ABSTRACT_ORIGIN: 0x31,
  DECL_LINE: 0x3b,
  SPECIFICATION: 0x47,
  RANGES: 0x55,
  CALL_COLUMN: 0x57,
  CALL_FILE: 0x58,
  CALL_LINE: 0x59,
  LINKAGE_NAME: 0x6e,
  STR_OFFSETS_BASE: 0x72,
  ADDR_BASE: 0x73,
  RNGLISTS_BASE: 0x74,
  MIPS_LINKAGE_NAME: 0x2007,
} as const;

const UNIT_TYPE = { SKELETON: 4, SPLIT_COMPILE: 5, TYPE: 2, SPLIT_TYPE: 6 } as const;

/** An entry's attributes as they stand there: a number, a text, or an address that is marked as one. */
export type Attributes = ReadonlyMap<number, AttributeValue>;

export interface AttributeValue {
  readonly form: number;
  /** A number, an index, an offset or an address. */
  readonly value: number;
  readonly text?: string;
}

/** All units of a file, in order. */
export function readUnits(sections: DebugSections): Unit[] {
  const units: Unit[] = [];
  const tables = new Map<number, Map<number, Abbreviation>>();
  const { info } = sections;
  for (let start = 0; start < info.bytes.length; ) {
    const reader = info.from(start);
    let length = reader.u32();
    const offsetSize = length === 0xffffffff ? 8 : 4;
    if (offsetSize === 8) length = Number(reader.bigU64());
    const end = reader.at + length;
    if (length === 0 || end > info.bytes.length) break;
    const unit = readUnit(sections, reader, start, end, offsetSize, tables);
    if (unit !== undefined) units.push(unit);
    start = end;
  }
  return units;
}

function readUnit(
  sections: DebugSections,
  reader: ByteReader,
  start: number,
  end: number,
  offsetSize: number,
  tables: Map<number, Map<number, Abbreviation>>,
): Unit | undefined {
  const version = reader.u16();
  if (version < 2 || version > 5) return undefined;
  const type = version === 5 ? reader.u8() : 0;
  if (type === UNIT_TYPE.TYPE || type === UNIT_TYPE.SPLIT_TYPE) return undefined;
  const early = version === 5 ? reader.u8() : 0;
  const table = reader.unsigned(offsetSize);
  const addressSize = version === 5 ? early : reader.u8();
  if (type === UNIT_TYPE.SKELETON || type === UNIT_TYPE.SPLIT_COMPILE) reader.skip(8);
  let abbreviations = tables.get(table);
  if (abbreviations === undefined) {
    abbreviations = readAbbreviations(sections.abbreviations.from(table));
    tables.set(table, abbreviations);
  }
  const entries = reader.at;
  const first = abbreviations.get(reader.uleb());
  if (first === undefined) return undefined;
  const header = { version, addressSize, offsetSize };
  const attributes = readAttributes(sections, reader, first, header);
  const number = (name: number): number | undefined => attributes.get(name)?.value;
  const bases = {
    start,
    end,
    entries,
    abbreviations,
    // Without the attribute they begin right after the header of the only table.
    stringOffsetsBase: number(ATTRIBUTE.STR_OFFSETS_BASE) ?? 2 * offsetSize,
    addressBase: number(ATTRIBUTE.ADDR_BASE) ?? 2 * offsetSize,
    rangeListsBase: number(ATTRIBUTE.RNGLISTS_BASE) ?? 0,
    ...header,
  };
  const directory = attributes.get(ATTRIBUTE.COMP_DIR);
  const low = attributes.get(ATTRIBUTE.LOW_PC);
  const lowPc = low === undefined ? 0 : addressOf(sections, bases, low);
  const unit: Unit = {
    ...bases,
    lowPc,
    directory: directory === undefined ? "" : textOf(sections, bases, directory),
    lines: number(ATTRIBUTE.STMT_LIST),
    ranges: [],
  };
  return { ...unit, ranges: rangesOf(sections, unit, attributes) };
}

/** An entry's attributes, from behind its code on. */
export function readAttributes(
  sections: DebugSections,
  reader: ByteReader,
  { attributes }: Abbreviation,
  sizes: FormSizes,
): Map<number, AttributeValue> {
  const values = new Map<number, AttributeValue>();
  for (const { name, form: declared, constant } of attributes) {
    const form = declared === FORM.INDIRECT ? reader.uleb() : declared;
    if (form === FORM.STRING) values.set(name, { form, value: 0, text: reader.string() });
    else if (form === FORM.IMPLICIT_CONST) values.set(name, { form, value: constant });
    else if (form === FORM.ADDR) values.set(name, { form, value: readAddress(sections, reader, sizes.addressSize) });
    else {
      const value = readNumber(reader, form, sizes);
      if (value !== undefined) values.set(name, { form, value });
    }
  }
  return values;
}

type Bases = Pick<Unit, "stringOffsetsBase" | "addressBase" | "addressSize" | "offsetSize">;

export function textOf(sections: DebugSections, unit: Bases, { form, value, text }: AttributeValue): string {
  if (text !== undefined) return text;
  if (form === FORM.STRP) return sections.strings.from(value).string();
  if (form === FORM.LINE_STRP) return sections.lineStrings.from(value).string();
  const isIndex = form === FORM.STRX || (form >= FORM.STRX1 && form <= FORM.STRX4);
  if (!isIndex) return "";
  const at = sections.stringOffsets.from(unit.stringOffsetsBase + value * unit.offsetSize);
  return sections.strings.from(at.unsigned(unit.offsetSize)).string();
}

function isAddress(form: number): boolean {
  return form === FORM.ADDR || form === FORM.ADDRX || (form >= FORM.ADDRX1 && form <= FORM.ADDRX4);
}

function addressOf(sections: DebugSections, unit: Bases, { form, value }: AttributeValue): number {
  return form === FORM.ADDR ? value : addressAt(sections, unit, value);
}

function addressAt(sections: DebugSections, unit: Bases, index: number): number {
  const at = sections.addresses.from(unit.addressBase + index * unit.addressSize);
  return readAddress(sections, at, unit.addressSize);
}

/** The code that an entry stands for. */
export function rangesOf(sections: DebugSections, unit: Unit, attributes: Attributes): Range[] {
  const ranges = attributes.get(ATTRIBUTE.RANGES);
  if (ranges !== undefined) {
    return unit.version < 5 ? oldRanges(sections, unit, ranges.value) : listedRanges(sections, unit, ranges);
  }
  const low = attributes.get(ATTRIBUTE.LOW_PC);
  const high = attributes.get(ATTRIBUTE.HIGH_PC);
  if (low === undefined || high === undefined) return [];
  const start = addressOf(sections, unit, low);
  return [{ start, end: isAddress(high.form) ? addressOf(sections, unit, high) : start + high.value }];
}

function oldRanges(sections: DebugSections, unit: Unit, offset: number): Range[] {
  const reader = sections.ranges.from(offset);
  const ranges: Range[] = [];
  const size = unit.addressSize;
  const highest = size === 8 ? (1n << 64n) - 1n : 0xffffffffn;
  const word = (): bigint => (size === 8 ? reader.bigU64() : BigInt(reader.unsigned(size)));
  let base = unit.lowPc;
  while (!reader.isAtEnd) {
    const start = word();
    const end = word();
    if (start === 0n && end === 0n) break;
    if (start === highest) base = Number(end - sections.bias);
    else ranges.push({ start: base + Number(start), end: base + Number(end) });
  }
  return ranges;
}

const ENTRY = {
  END: 0,
  BASE_INDEX: 1,
  INDEXES: 2,
  INDEX_LENGTH: 3,
  OFFSETS: 4,
  BASE: 5,
  ADDRESSES: 6,
  ADDRESS_LENGTH: 7,
} as const;

function listedRanges(sections: DebugSections, unit: Unit, { form, value }: AttributeValue): Range[] {
  const { rangeLists } = sections;
  const { rangeListsBase, offsetSize, addressSize } = unit;
  const indexed = (): number =>
    rangeListsBase + rangeLists.from(rangeListsBase + value * offsetSize).unsigned(offsetSize);
  const reader = rangeLists.from(form === FORM.RNGLISTX ? indexed() : value);
  const address = (): number => readAddress(sections, reader, addressSize);
  const atIndex = (): number => addressAt(sections, unit, reader.uleb());
  const ranges: Range[] = [];
  let base = unit.lowPc;
  const push = (start: number, end: number): void => {
    ranges.push({ start, end });
  };
  const after = (start: number): void => push(start, start + reader.uleb());
  for (let kind = reader.u8(); kind !== ENTRY.END; kind = reader.u8()) {
    if (kind === ENTRY.BASE_INDEX) base = atIndex();
    else if (kind === ENTRY.INDEXES) push(atIndex(), atIndex());
    else if (kind === ENTRY.INDEX_LENGTH) after(atIndex());
    else if (kind === ENTRY.OFFSETS) push(base + reader.uleb(), base + reader.uleb());
    else if (kind === ENTRY.BASE) base = address();
    else if (kind === ENTRY.ADDRESSES) push(address(), address());
    else if (kind === ENTRY.ADDRESS_LENGTH) after(address());
    else throw new Error(`unknown kind ${kind} of a range`);
  }
  return ranges;
}
