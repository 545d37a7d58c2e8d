import { addr2lineFrames } from "./addr2line.ts";
import type { SourceFrame } from "./binaries.ts";
import type { Elf } from "./elf.ts";
import { readSymbols, type SymbolTable, symbolAt } from "./elf-symbols.ts";
import { llvmFrames } from "./llvm-symbolizer.ts";
import { findTool } from "./tools.ts";

/** Finds the frames at addresses of a file, innermost first; none where nothing is known. */
export interface FrameReader {
  read(addresses: readonly bigint[], isData: boolean): readonly (readonly SourceFrame[])[];
}

/**
 * A reader that asks llvm-symbolizer, else addr2line, else the file's own tables; those also answer for addresses that
 * the tools know nothing of. With `fast` it reads names alone, from the tables.
 */
export function frameReader(elf: Elf, tools: string, fast: boolean): FrameReader {
  let symbols: SymbolTable | undefined;
  const named = (address: bigint): SourceFrame[] => {
    symbols ??= readSymbols(elf);
    const row = symbolAt(symbols, address);
    return row < 0 ? [] : [{ function: symbols.name(row), file: "", line: 0, column: 0, startLine: 0 }];
  };
  return {
    read(addresses, isData) {
      const known = fast ? undefined : askTools(tools, elf.file.path, addresses, isData);
      if (known === undefined) return addresses.map(named);
      return known.map((frames, i) =>
        frames.length === 0 ? named(addresses[i]!) : completed(frames, named(addresses[i]!)),
      );
    },
  };
}

type Answers = readonly (readonly SourceFrame[])[];

function askTools(tools: string, file: string, addresses: readonly bigint[], isData: boolean): Answers | undefined {
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
    return addr2lineFrames(addr2line, file, addresses);
  } catch {
    return undefined;
  }
}

/**
 * Frames with the outermost function's name as in the symbol table where that is longer: addr2line cuts the names of
 * what is in anonymous namespaces (sourceware bug 17541). One character more is macOS's underscore.
 */
function completed(frames: readonly SourceFrame[], symbol: readonly SourceFrame[]): readonly SourceFrame[] {
  const outermost = frames.at(-1)!;
  const name = symbol[0]?.function ?? "";
  if (name.length <= outermost.function.length + 1) return frames;
  return [...frames.slice(0, -1), { ...outermost, function: name }];
}
