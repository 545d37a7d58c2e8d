import { addr2lineFrames } from "./addr2line.ts";
import type { SourceFrame } from "./binaries.ts";
import { readDebugInfo } from "./dwarf/debug-info.ts";
import type { Elf } from "./elf.ts";
import { type SymbolTable, symbolAt } from "./elf-symbols.ts";
import { readGoLineTable } from "./go-pclntab.ts";
import { llvmFrames } from "./llvm-symbolizer.ts";
import { once } from "./once.ts";
import { findTool } from "./tools.ts";

/** Finds the frames at addresses of a file, innermost first; none where nothing is known. */
export interface FrameReader {
  read(addresses: readonly bigint[], isData: boolean): readonly (readonly SourceFrame[])[];
  /** Those at one address; no tool is started where the file itself tells the line. */
  readOne(address: bigint, isData: boolean): readonly SourceFrame[];
}

/**
 * A reader that asks llvm-symbolizer, else addr2line, else the file's own tables; those also answer for addresses that
 * the tools know nothing of. With `fast` it reads names alone, from the symbol table.
 */
export function frameReader(elf: Elf, symbols: () => SymbolTable, tools: string, fast: boolean): FrameReader {
  const own = ownTables(elf, symbols);
  const read: FrameReader["read"] = (addresses, isData) => {
    if (fast) return addresses.map(own.symbol);
    const known = askTools(tools, elf.file.path, addresses, isData, own);
    return addresses.map((address, i) => {
      const frames = known?.[i] ?? [];
      return frames.length === 0 ? own.frames(address) : frames;
    });
  };
  return {
    read,
    readOne(address, isData) {
      const frames = fast ? [] : own.frames(address);
      return frames.some(({ line }) => line > 0) ? frames : read([address], isData)[0]!;
    },
  };
}

interface OwnTables {
  symbol(address: bigint): readonly SourceFrame[];
  frames(address: bigint): readonly SourceFrame[];
}

/** The tables in the file itself, each read when it is first needed: DWARF, Go's line table, the symbols. */
function ownTables(elf: Elf, symbols: () => SymbolTable): OwnTables {
  const debug = once(() => attempt(() => readDebugInfo(elf)));
  const lines = once(() => attempt(() => readGoLineTable(elf)));
  const symbol = (address: bigint): SourceFrame[] => {
    const row = symbolAt(symbols(), address);
    return row < 0 ? [] : [{ function: symbols().name(row), file: "", line: 0, column: 0, startLine: 0 }];
  };
  return {
    symbol,
    frames(address) {
      const frames = attempt(() => debug()?.framesAt(address)) ?? [];
      if (frames.length > 0 && frames[0]!.file !== "") {
        // Debug information has no mangled name for what has no linkage, and none for the clones of a function.
        return renamed(frames, symbol(address)[0]?.function ?? "");
      }
      const frame = attempt(() => lines()?.frameAt(address));
      if (frame !== undefined) return [frame];
      return frames.length > 0 ? frames : symbol(address);
    },
  };
}

/** What a table says; one that is damaged, or newer than what is known here, says nothing. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

type Answers = readonly (readonly SourceFrame[])[];

function askTools(
  tools: string,
  file: string,
  addresses: readonly bigint[],
  isData: boolean,
  own: OwnTables,
): Answers | undefined {
  const llvmSymbolizer = findTool("llvm-symbolizer", tools);
  if (llvmSymbolizer !== undefined) {
    try {
      return llvmFrames(llvmSymbolizer, file, addresses, isData);
    } catch {
      // One that is too old or breaks down on this file: there are others.
    }
  }
  const addr2line = findTool("addr2line", tools);
  if (addr2line === undefined) return undefined;
  try {
    return addr2lineFrames(addr2line, file, addresses).map((frames, i) =>
      frames.length === 0 ? frames : completed(frames, own.symbol(addresses[i]!)),
    );
  } catch {
    return undefined;
  }
}

/**
 * Frames with the outermost function's name as in the symbol table where that is longer: addr2line cuts the names of
 * what is in anonymous namespaces (sourceware bug 17541). One character more is macOS's underscore.
 */
function completed(frames: readonly SourceFrame[], symbol: readonly SourceFrame[]): readonly SourceFrame[] {
  const name = symbol[0]?.function ?? "";
  return name.length > frames.at(-1)!.function.length + 1 ? renamed(frames, name) : frames;
}

function renamed(frames: readonly SourceFrame[], outermost: string): readonly SourceFrame[] {
  const last = frames.at(-1)!;
  return outermost === "" ? frames : [...frames.slice(0, -1), { ...last, function: outermost }];
}
