import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { bytesOf, cString } from "../bytes/byte-text.ts";
import { FileBytes } from "../bytes/file-bytes.ts";
import { inflateGnu } from "../bytes/inflate.ts";
import type { ObjectImage } from "./object-image.ts";
import { once } from "./once.ts";
import { type FoundSymbol, type SymbolTable, symbolTable } from "./symbols.ts";

/** What a Mach-O file says of itself. */
interface Mach {
  readonly file: FileBytes;
  readonly is64: boolean;
  readonly littleEndian: boolean;
  readonly segments: readonly { readonly name: string; readonly address: bigint }[];
  readonly sections: readonly MachSection[];
  readonly symbols: SymbolsCommand | undefined;
  readonly uuid: string;
}

interface MachSection {
  readonly name: string;
  readonly segment: string;
  readonly address: bigint;
  readonly size: number;
  readonly offset: number;
  readonly isCode: boolean;
}

interface SymbolsCommand {
  readonly offset: number;
  readonly count: number;
  readonly names: number;
  readonly namesSize: number;
}

const COMMAND = { SEGMENT: 0x1, SYMBOLS: 0x2, SEGMENT_64: 0x19, UUID: 0x1b } as const;
const SOME_INSTRUCTIONS = 0x80000400;
const SYMBOL_DEBUGGER = 0xe0;
const SYMBOL_TYPE = 0x0e;
const IN_SECTION = 0x0e;

/** A Mach-O file of one architecture, with the debug information of the `.dSYM` beside it. */
export function machImage(file: FileBytes): ObjectImage {
  const mach = readMach(file);
  const text = mach.segments.find(({ name }) => name === "__TEXT");
  if (text === undefined) throw new Error(`could not identify base for ${file.path}: no __TEXT segment`);
  const debug = once(() => debugBundle(mach));
  return {
    path: file.path,
    littleEndian: mach.littleEndian,
    buildId: "",
    lowest: text.address,
    code: mach.sections.find(({ name }) => name === "__text")?.address,
    symbols: once(() => readSymbols(mach)),
    section(name) {
      const own = readSection(mach, name);
      if (own !== undefined || !name.startsWith(".debug_")) return own;
      const bundle = debug();
      return bundle && readSection(bundle, name);
    },
    placed({ start }) {
      if (text.address > start) {
        const [segment, mapped] = [text.address, start].map((address) => `0x${address.toString(16)}`);
        throw new Error(
          `could not identify base for ${file.path}: __TEXT segment address (${segment}) > mapping start address (${mapped})`,
        );
      }
      const base = start - text.address;
      return (address) => ({ address: BigInt.asUintN(64, address - base), isData: false });
    },
  };
}

/** What Mach-O calls the processors that Node runs on. */
const PROCESSORS: Readonly<Record<string, number>> = { ia32: 7, x64: 0x01000007, arm: 12, arm64: 0x0100000c };

/** Of a file for several architectures the part for that of this machine. */
export function fatMachImage(file: FileBytes): ObjectImage {
  const head = file.read(0, 8);
  const littleEndian = head.getUint32(0) === 0xbebafeca;
  const isWide = head.getUint32(0) === 0xcafebabf;
  const count = head.getUint32(4, littleEndian);
  // Java's classes begin with the same number, and then with a version that no file has so many parts as.
  if (count === 0 || count > 30) throw new Error(`invalid number of architectures: ${count}`);
  const size = isWide ? 32 : 20;
  const parts = file.read(8, count * size);
  const number = (at: number): number =>
    isWide ? Number(parts.getBigUint64(at, littleEndian)) : parts.getUint32(at, littleEndian);
  for (let at = 0; at < count * size; at += size) {
    if (parts.getUint32(at, littleEndian) !== PROCESSORS[process.arch]) continue;
    return machImage(new FileBytes(file.path, { from: number(at + 8), size: number(at + (isWide ? 16 : 12)) }));
  }
  throw new Error(`architecture not found in ${file.path}: ${process.arch}`);
}

function readMach(file: FileBytes): Mach {
  const magic = file.read(0, 4).getUint32(0);
  const littleEndian = magic === 0xcefaedfe || magic === 0xcffaedfe;
  const is64 = magic === 0xfeedfacf || magic === 0xcffaedfe;
  const head = file.read(0, 28);
  const word = (view: DataView, at: number): number => view.getUint32(at, littleEndian);
  const commands = file.read(is64 ? 32 : 28, word(head, 20));
  const segments: { name: string; address: bigint }[] = [];
  const sections: MachSection[] = [];
  let symbols: SymbolsCommand | undefined;
  let uuid = "";
  for (let at = 0, i = 0; i < word(head, 16) && at + 8 <= commands.byteLength; i++) {
    const size = word(commands, at + 4);
    if (size < 8 || at + size > commands.byteLength) throw new Error(`invalid load command of ${size} bytes`);
    const command = new DataView(commands.buffer, commands.byteOffset + at, size);
    const type = word(command, 0);
    if (type === COMMAND.SEGMENT || type === COMMAND.SEGMENT_64) {
      segments.push({ name: name16(command, 8), address: address(command, 24, is64, littleEndian) });
      const [first, step] = is64 ? [72, 80] : [56, 68];
      for (let section = first; section + step <= size; section += step) {
        sections.push(readSectionHeader(command, section, is64, littleEndian));
      }
    } else if (type === COMMAND.SYMBOLS) {
      const [offset, count, names, namesSize] = [8, 12, 16, 20].map((field) => word(command, field));
      symbols = { offset: offset!, count: count!, names: names!, namesSize: namesSize! };
    } else if (type === COMMAND.UUID) uuid = Buffer.from(bytesOf(command).subarray(8, 24)).toString("hex");
    at += size;
  }
  return { file, is64, littleEndian, segments, sections, symbols, uuid };
}

function readSectionHeader(view: DataView, at: number, is64: boolean, littleEndian: boolean): MachSection {
  const rest = at + (is64 ? 48 : 40);
  return {
    name: name16(view, at),
    segment: name16(view, at + 16),
    address: address(view, at + 32, is64, littleEndian),
    size: Number(address(view, at + (is64 ? 40 : 36), is64, littleEndian)),
    offset: view.getUint32(rest, littleEndian),
    isCode: (view.getUint32(rest + 16, littleEndian) & SOME_INSTRUCTIONS) !== 0,
  };
}

function readSymbols({ file, is64, littleEndian, symbols, sections }: Mach): SymbolTable {
  if (symbols === undefined) return symbolTable([], new Uint8Array(0));
  const entry = is64 ? 16 : 12;
  const view = file.read(symbols.offset, symbols.count * entry);
  const names = bytesOf(file.read(symbols.names, symbols.namesSize));
  const found: FoundSymbol[] = [];
  for (let at = 0; at < view.byteLength; at += entry) {
    const type = view.getUint8(at + 4);
    if ((type & SYMBOL_DEBUGGER) !== 0 || (type & SYMBOL_TYPE) !== IN_SECTION) continue;
    found.push({
      address: address(view, at + 8, is64, littleEndian),
      size: 0n,
      endsAtSize: sections[view.getUint8(at + 5) - 1]?.isCode !== true,
      nameAt: view.getUint32(at, littleEndian),
    });
  }
  return symbolTable(found, names);
}

/** Names have room for 16 bytes, so that the longest are cut. */
function readSection({ file, sections }: Mach, name: string): Uint8Array | undefined {
  const named = (text: string): Uint8Array | undefined => {
    const found = sections.find((section) => section.name === text.slice(0, 16) && section.offset > 0);
    return found && found.size > 0 ? bytesOf(file.read(found.offset, found.size)) : undefined;
  };
  const plain = named(`__${name.slice(1)}`);
  if (plain !== undefined || !name.startsWith(".debug_")) return plain;
  const compressed = named(`__z${name.slice(1)}`);
  return compressed && inflateGnu(compressed);
}

/** What dsymutil wrote for this very file. */
function debugBundle({ file, uuid }: Mach): Mach | undefined {
  const path = join(`${file.path}.dSYM`, "Contents", "Resources", "DWARF", basename(file.path));
  if (uuid === "" || !existsSync(path)) return undefined;
  const found = readMach(new FileBytes(path));
  return found.uuid === uuid ? found : undefined;
}

function address(view: DataView, at: number, is64: boolean, littleEndian: boolean): bigint {
  return is64 ? view.getBigUint64(at, littleEndian) : BigInt(view.getUint32(at, littleEndian));
}

function name16(view: DataView, at: number): string {
  return cString(new Uint8Array(view.buffer, view.byteOffset + at, 16), 0);
}
