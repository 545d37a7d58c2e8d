import { readDebugInfo } from "../dwarf/debug-info.ts";
import type { ObjectImage } from "../image/object-image.ts";
import { once } from "../image/once.ts";
import type { SourceFrame } from "../image/source-frame.ts";
import { symbolAt } from "../image/symbols.ts";
import { addr2lineQuestion } from "./addr2line.ts";
import { readGoLineTable } from "./go-pclntab.ts";
import { llvmQuestion } from "./llvm-symbolizer.ts";
import { findTool, type Question, runTool, runToolBeside } from "./tools.ts";

/** Finds the frames at addresses of a file, innermost first; none where nothing is known. */
export interface FrameReader {
  read(addresses: readonly bigint[], isData: boolean): Answers;
  /** As `read`, while others work and not the tools alone. */
  readBeside(addresses: readonly bigint[], isData: boolean): Promise<Answers>;
  /** Why no lines can be read though the file has them; "" where they can. */
  readonly unread: string;
}

/**
 * A reader that asks llvm-symbolizer, else addr2line, else the file's own tables. Of addresses that the tools know
 * nothing of, as all are in a stripped Go binary, Go's line table is asked. With `fast` it reads names alone, from the
 * symbol table.
 */
export function frameReader(image: ObjectImage, tools: string, fast: boolean): FrameReader {
  const own = ownTables(image);
  const asksTools = !fast && (findTool("llvm-symbolizer", tools) ?? findTool("addr2line", tools)) !== undefined;
  const complete = (addresses: readonly bigint[], known: Answers | undefined): Answers => {
    if (known === undefined) return addresses.map(own.frames);
    return addresses.map((address, i) => (known[i]!.length > 0 ? known[i]! : own.goFrame(address)));
  };
  return {
    read(addresses, isData) {
      if (fast) return addresses.map(own.symbol);
      return complete(addresses, firstAnswer(questions(tools, image.path, addresses, isData, own)));
    },
    async readBeside(addresses, isData) {
      if (fast) return addresses.map(own.symbol);
      return complete(addresses, await firstAnswerBeside(questions(tools, image.path, addresses, isData, own)));
    },
    unread: fast || asksTools ? "" : own.unread(),
  };
}

interface OwnTables {
  symbol(address: bigint): readonly SourceFrame[];
  goFrame(address: bigint): readonly SourceFrame[];
  frames(address: bigint): readonly SourceFrame[];
  unread(): string;
}

/** The tables in the file itself, each read when it is first needed: DWARF, Go's line table, the symbols. */
function ownTables(image: ObjectImage): OwnTables {
  const debug = once(() => {
    try {
      return { info: readDebugInfo(image) };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  });
  const lines = once(() => attempt(() => readGoLineTable(image)));
  const symbol = (address: bigint): SourceFrame[] => {
    const row = symbolAt(image.symbols(), address);
    return row < 0 ? [] : [{ function: image.symbols().name(row), file: "", line: 0, column: 0, startLine: 0 }];
  };
  const goFrame = (address: bigint): readonly SourceFrame[] => {
    const frames = attempt(() => lines()?.framesAt(address)) ?? [];
    // Between functions there are names but no lines.
    return frames.some(({ line }) => line > 0) ? frames : [];
  };
  return {
    symbol,
    goFrame,
    frames(address) {
      const { info } = debug();
      const frames = attempt(() => info?.framesAt(address)) ?? [];
      if (frames.length > 0 && frames[0]!.file !== "") {
        // Debug information has no mangled name for what has no linkage, and none for the clones of a function.
        return renamed(frames, symbol(address)[0]?.function ?? "");
      }
      const go = goFrame(address);
      if (go.length > 0) return go;
      return frames.length > 0 ? frames : symbol(address);
    },
    unread: () => debug().error ?? "",
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

/** What the tools that are there are asked, the best first: one that is too old or breaks down on this file is followed by another. */
function questions(
  tools: string,
  file: string,
  addresses: readonly bigint[],
  isData: boolean,
  own: OwnTables,
): Question<Answers>[] {
  const llvmSymbolizer = findTool("llvm-symbolizer", tools);
  const addr2line = findTool("addr2line", tools);
  const asked: Question<Answers>[] = [];
  if (llvmSymbolizer !== undefined) asked.push(llvmQuestion(llvmSymbolizer, file, addresses, isData));
  if (addr2line !== undefined) {
    const question = addr2lineQuestion(addr2line, file, addresses);
    const read = (output: string): Answers =>
      question
        .read(output)
        .map((frames, i) => (frames.length === 0 ? frames : completed(frames, own.symbol(addresses[i]!))));
    asked.push({ ...question, read });
  }
  return asked;
}

function firstAnswer(asked: readonly Question<Answers>[]): Answers | undefined {
  for (const { path, args, input, read } of asked) {
    const answer = attempt(() => read(runTool(path, args, input)));
    if (answer !== undefined) return answer;
  }
  return undefined;
}

async function firstAnswerBeside(asked: readonly Question<Answers>[]): Promise<Answers | undefined> {
  for (const { path, args, input, read } of asked) {
    const output = await runToolBeside(path, args, input).catch(() => undefined);
    const answer = output === undefined ? undefined : attempt(() => read(output));
    if (answer !== undefined) return answer;
  }
  return undefined;
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
