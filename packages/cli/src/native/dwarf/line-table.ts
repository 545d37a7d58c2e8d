import type { ByteReader } from "./byte-reader.ts";
import { FORM, readNumber } from "./forms.ts";
import { type DebugSections, readAddress } from "./sections.ts";

/** The lines of a unit by address. Row i holds up to the address of row i + 1. */
export interface LineTable {
  readonly length: number;
  readonly address: readonly number[];
  readonly file: readonly number[];
  readonly line: readonly number[];
  readonly column: readonly number[];
  /** True for rows that only say where the one before ends. */
  readonly isEnd: readonly boolean[];
  path(file: number): string;
}

interface FileEntry {
  readonly name: string;
  readonly directory: number;
}

/** Runs the line program at `offset` of `.debug_line`; paths that are relative begin at `directory`. */
export function readLineTable(
  sections: DebugSections,
  offset: number,
  directory: string,
  addressSize: number,
): LineTable {
  const reader = sections.line.from(offset);
  let length = reader.u32();
  let offsetSize = 4;
  if (length === 0xffffffff) {
    length = Number(reader.bigU64());
    offsetSize = 8;
  }
  const end = reader.at + length;
  const version = reader.u16();
  if (version < 2 || version > 5) throw new Error(`unknown version ${version} of a line table`);
  let operandSize = addressSize;
  if (version === 5) {
    operandSize = reader.u8();
    reader.skip(1);
  }
  const headerLength = reader.unsigned(offsetSize);
  const program = reader.at + headerLength;
  const minimum = reader.u8();
  if (version >= 4) reader.skip(1);
  reader.skip(1);
  const lineBase = reader.i8();
  const lineRange = reader.u8();
  const opcodeBase = reader.u8();
  const operands = Array.from({ length: Math.max(opcodeBase - 1, 0) }, () => reader.u8());
  const sizes = { version, addressSize: operandSize, offsetSize };
  let directories: string[];
  let files: FileEntry[];
  if (version === 5) {
    directories = readEntries(sections, reader, sizes).map(({ name }) => name);
    files = readEntries(sections, reader, sizes);
  } else {
    directories = [directory, ...readStrings(reader)];
    files = [{ name: "", directory: 0 }, ...readFiles(reader)];
  }

  const rows = {
    address: [] as number[],
    file: [] as number[],
    line: [] as number[],
    column: [] as number[],
    isEnd: [] as boolean[],
  };
  let address = 0;
  let file = 1;
  let line = 1;
  let column = 0;
  const emit = (isEnd: boolean): void => {
    rows.address.push(address);
    rows.file.push(file);
    rows.line.push(line);
    rows.column.push(column);
    rows.isEnd.push(isEnd);
  };
  reader.at = program;
  while (reader.at < end) {
    const opcode = reader.u8();
    if (opcode >= opcodeBase) {
      const step = opcode - opcodeBase;
      address += Math.floor(step / lineRange) * minimum;
      line += lineBase + (step % lineRange);
      emit(false);
    } else if (opcode === 0) {
      const size = reader.uleb();
      const next = reader.at + size;
      const extended = reader.u8();
      if (extended === 1) {
        emit(true);
        address = 0;
        file = 1;
        line = 1;
        column = 0;
      } else if (extended === 2) address = readAddress(sections, reader, size - 1);
      reader.at = next;
    } else if (opcode === 1) emit(false);
    else if (opcode === 2) address += reader.uleb() * minimum;
    else if (opcode === 3) line += reader.sleb();
    else if (opcode === 4) file = reader.uleb();
    else if (opcode === 5) column = reader.uleb();
    else if (opcode === 8) address += Math.floor((255 - opcodeBase) / lineRange) * minimum;
    else if (opcode === 9) address += reader.u16();
    else for (let i = operands[opcode - 1]!; i > 0; i--) reader.uleb();
  }

  return {
    ...sorted(rows),
    path(index) {
      const entry = files[index];
      if (entry === undefined || entry.name === "") return "";
      return joined(joined(directory, directories[entry.directory] ?? ""), entry.name);
    },
  };
}

type Rows = Omit<LineTable, "path" | "length">;

/** Sequences stand in the order of the linker's input; rows of one stay together, as each is in order itself. */
function sorted(rows: Rows): Rows & { readonly length: number } {
  const { length } = rows.address;
  let isSorted = true;
  for (let i = 1; i < length && isSorted; i++) isSorted = rows.address[i - 1]! <= rows.address[i]!;
  if (isSorted) return { ...rows, length };
  const order: number[][] = [[]];
  for (let i = 0; i < length; i++) {
    order.at(-1)!.push(i);
    if (rows.isEnd[i]) order.push([]);
  }
  const all = order
    .filter((sequence) => sequence.length > 0)
    .sort((a, b) => rows.address[a[0]!]! - rows.address[b[0]!]!)
    .flat();
  const column = <T>(values: readonly T[]): T[] => all.map((i) => values[i]!);
  return {
    length,
    address: column(rows.address),
    file: column(rows.file),
    line: column(rows.line),
    column: column(rows.column),
    isEnd: column(rows.isEnd),
  };
}

/** The row that an address is in, or -1. */
export function rowAt({ address: addresses, isEnd }: LineTable, address: number): number {
  let low = 0;
  let high = addresses.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (addresses[middle]! <= address) low = middle + 1;
    else high = middle;
  }
  return low === 0 || isEnd[low - 1] ? -1 : low - 1;
}

function joined(directory: string, name: string): string {
  if (directory === "" || name === "" || /^(?:[/\\]|[a-z]:[/\\])/i.test(name)) return name === "" ? directory : name;
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

function readStrings(reader: ByteReader): string[] {
  const strings: string[] = [];
  for (let text = reader.string(); text !== ""; text = reader.string()) strings.push(text);
  return strings;
}

function readFiles(reader: ByteReader): FileEntry[] {
  const files: FileEntry[] = [];
  for (let name = reader.string(); name !== ""; name = reader.string()) {
    files.push({ name, directory: reader.uleb() });
    reader.uleb();
    reader.uleb();
  }
  return files;
}

const CONTENT_PATH = 1;
const CONTENT_DIRECTORY = 2;

/** The directories or the files of DWARF 5. */
function readEntries(
  sections: DebugSections,
  reader: ByteReader,
  sizes: { version: number; addressSize: number; offsetSize: number },
): FileEntry[] {
  const formats = Array.from({ length: reader.u8() }, () => ({ content: reader.uleb(), form: reader.uleb() }));
  const count = reader.uleb();
  const entries: FileEntry[] = [];
  // Without a format entries have no bytes, however many are said to be there.
  for (let i = 0; i < count && formats.length > 0; i++) {
    let name = "";
    let directory = 0;
    for (const { content, form } of formats) {
      if (form === FORM.STRING) {
        const text = reader.string();
        if (content === CONTENT_PATH) name = text;
        continue;
      }
      const value = readNumber(reader, form, sizes);
      if (content === CONTENT_PATH && value !== undefined) {
        name = (form === FORM.LINE_STRP ? sections.lineStrings : sections.strings).from(value).string();
      } else if (content === CONTENT_DIRECTORY) directory = value ?? 0;
    }
    entries.push({ name, directory });
  }
  return entries;
}
