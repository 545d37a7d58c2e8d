import type { Analysis } from "../analyze.ts";
import { ReportError } from "../error.ts";
import { parseAddress } from "../go/address.ts";
import { compareText } from "../go/format.ts";
import { cleanPath } from "../go/paths.ts";
import type { ObjectFile, SourceFrame } from "../world/binaries.ts";
import { SourceReader } from "../world/source-reader.ts";
import type { World } from "../world/world.ts";
import { type AddressSamples, sampledAddresses } from "./sampled-addresses.ts";

/** A source file with the functions of it that a profile has something for, by lines and by instructions. */
export interface ListedFile {
  readonly file: string;
  readonly flat: number;
  readonly functions: readonly ListedFunction[];
}

export interface ListedFunction {
  readonly name: string;
  readonly flat: number;
  readonly cum: number;
  readonly lines: readonly SourceLine[];
}

export interface SourceLine {
  readonly number: number;
  readonly text: string;
  readonly flat: number;
  readonly cum: number;
  readonly instructions: readonly LineInstruction[];
}

export interface LineInstruction {
  /** In the binary; in memory where there is none. */
  readonly address: bigint;
  /** "" where the binary is not known. */
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly flat: number;
  readonly cum: number;
  /** Whether other code lies between this instruction and the one listed before it. */
  readonly startsBlock: boolean;
  /** The calls that were inlined on the way from the line to the instruction, outermost first. */
  readonly calls: readonly { readonly file: string; readonly line: number; readonly text: string }[];
}

/** The sources of what the pattern matches, by file name, with the instructions of each line. */
export function sourceListing(analysis: Analysis, world: World): ListedFile[] {
  const { pattern, options } = analysis;
  const address = pattern === undefined ? undefined : parseAddress(pattern.source);
  const samples = sampledAddresses(analysis, address);
  if (samples.interest.size === 0) throw new ReportError(`no matches found for regexp: ${pattern?.source ?? ""}`);
  const code = new Code(samples);
  collectInstructions(analysis, samples, code, world);
  const reader = new SourceReader(world, options);
  return [...code.files]
    .map(([file, lines]) => listFile(file, lines, code, reader))
    .filter(({ functions }) => functions.length > 0)
    .sort((a, b) => compareText(a.file, b.file));
}

interface FoundInstruction {
  readonly address: bigint;
  readonly length: bigint;
  readonly text: string;
  readonly file: string;
  readonly line: number;
  readonly flat: number;
  readonly cum: number;
}

/** The instructions of one line of a file: where they are in memory, and the calls inlined between. */
interface CodeLine {
  readonly name: string;
  readonly places: { readonly at: bigint; readonly calls: readonly SourceFrame[] }[];
}

/** What has been found, by file and line. */
class Code {
  readonly samples: AddressSamples;
  readonly instructions = new Map<bigint, FoundInstruction>();
  readonly files = new Map<string, Map<number, CodeLine>>();

  constructor(samples: AddressSamples) {
    this.samples = samples;
  }

  /** Lists an instruction under every line of its frames, innermost first, that is in a function of interest. */
  add(at: bigint, frames: readonly SourceFrame[]): void {
    frames.forEach((frame, i) => {
      if (!this.samples.interest.has(frame.function)) return;
      const file = cleanPath(frame.file.replace(/^\/proc\/self\/cwd\//, "").replace(/^\.\//, ""));
      const lines = this.files.get(file) ?? new Map<number, CodeLine>();
      this.files.set(file, lines);
      const line = lines.get(frame.line) ?? { name: frame.function, places: [] };
      lines.set(frame.line, line);
      line.places.push({ at, calls: frames.slice(0, i).reverse() });
    });
  }
}

/** So far around a sampled address code is disassembled. */
const MARGIN = 500n;
const MOST_RANGES = 25;
/** Instructions without a line take that of one at most so far before them. */
const NEAR = 32n;

function collectInstructions(analysis: Analysis, samples: AddressSamples, code: Code, world: World): void {
  const { profile, options } = analysis;
  const objects = new Map<number, ObjectFile | undefined>();
  const objectOf = (mapping: number): ObjectFile | undefined => {
    if (mapping < 0 || world.binaries === undefined) return undefined;
    if (!objects.has(mapping)) {
      const { start, limit, offset, filename } = profile.mappings;
      const file = profile.strings.get(filename[mapping]!);
      objects.set(
        mapping,
        attempt(() => world.binaries!.open(file, start[mapping]!, limit[mapping]!, offset[mapping]!)),
      );
    }
    return objects.get(mapping);
  };
  const inBinaries: { at: bigint; mapping: number; object: ObjectFile }[] = [];
  for (const [at, location] of samples.wanted) {
    const mapping = profile.locations.mapping[location]!;
    const object = objectOf(mapping);
    if (object === undefined) addWithoutBinary(profile, at, location, code);
    else inBinaries.push({ at, mapping, object });
  }
  inBinaries.sort((a, b) => (a.at < b.at ? -1 : 1));
  const ranges: { begin: bigint; end: bigint; mapping: number; object: ObjectFile; score: number }[] = [];
  for (const { at, mapping, object } of inBinaries) {
    const last = ranges.at(-1);
    const score = samples.flat.get(at) ?? 0;
    if (last !== undefined && last.mapping === mapping && at <= last.end + 2n * MARGIN) {
      last.end = at;
      last.score += score;
    } else ranges.push({ begin: at, end: at, mapping, object, score });
  }
  for (const range of ranges.sort((a, b) => b.score - a.score).slice(0, MOST_RANGES)) {
    const { start, limit, filename } = profile.mappings;
    const from = range.begin - MARGIN > start[range.mapping]! ? range.begin - MARGIN : start[range.mapping]!;
    const to = range.end + MARGIN < limit[range.mapping]! ? range.end + MARGIN : limit[range.mapping]!;
    const file = profile.strings.get(filename[range.mapping]!);
    attempt(() => {
      const base = from - range.object.objectAddress(from);
      const objectEnd = range.object.objectAddress(to);
      const found = world.binaries!.disassemble(file, from - base, objectEnd, options.intel_syntax);
      const stacks = range.object.sourceLines(found.map(({ address }) => address + base));
      let near: { at: bigint; frames: readonly SourceFrame[] } | undefined;
      let highest = -1n;
      found.forEach((instruction, i) => {
        const at = instruction.address + base;
        if (at <= highest) return;
        highest = at;
        const gap = (found[i + 1]?.address ?? 0n) - instruction.address;
        let frames = stacks[i]!;
        const [inner] = frames;
        code.instructions.set(at, {
          address: instruction.address,
          length: gap > 0n ? gap : 1n,
          text: instruction.text,
          file: inner?.file ?? "",
          line: inner?.line ?? 0,
          ...sampledIn(samples, at, gap > 0n ? gap : 1n),
        });
        if (inner !== undefined && inner.line !== 0) near = { at, frames };
        else if (near !== undefined && at - near.at <= NEAR) frames = near.frames;
        code.add(at, frames);
      });
    });
  }
}

function addWithoutBinary(profile: Analysis["profile"], at: bigint, location: number, code: Code): void {
  const { locations, functions, strings } = profile;
  const frames: SourceFrame[] = [];
  for (let line = locations.lineStart[location]!; line < locations.lineStart[location + 1]!; line++) {
    const fn = locations.lines.function[line]!;
    if (fn < 0) continue;
    frames.push({
      function: strings.get(functions.name[fn]!),
      file: strings.get(functions.filename[fn]!),
      line: Number(locations.lines.line[line]!),
    });
  }
  code.instructions.set(at, {
    address: at,
    length: 1n,
    text: "",
    file: frames[0]?.file ?? "",
    line: frames[0]?.line ?? 0,
    ...sampledIn(code.samples, at, 1n),
  });
  code.add(at, frames);
}

/** Samples in the middle of an instruction are the instruction's. */
function sampledIn(samples: AddressSamples, at: bigint, length: bigint): { flat: number; cum: number } {
  let flat = 0;
  let cum = 0;
  const end = at + (length < 64n ? length : 64n);
  for (let address = at; address < end; address++) {
    flat += samples.flat.get(address) ?? 0;
    cum += samples.cum.get(address) ?? 0;
  }
  return { flat, cum };
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    // A binary that is not there or not readable adds nothing to the sources.
    return undefined;
  }
}

/** Lines of one function that are less than this apart are shown in one piece. */
const MERGED_GAP = 20;
/** So many lines are shown around. */
const CONTEXT = 5;

function listFile(file: string, lines: ReadonlyMap<number, CodeLine>, code: Code, reader: SourceReader): ListedFile {
  const pieces: { name: string; begin: number; end: number; flat: number; cum: number }[] = [];
  const seen = new Set<bigint>();
  let fileFlat = 0;
  for (const number of [...lines.keys()].sort((a, b) => a - b)) {
    const { name: known, places } = lines.get(number)!;
    const name = code.samples.prettyNames.get(known) ?? known;
    const found = places.map(({ at }) => code.instructions.get(at)!);
    const flat = found.reduce((sum, { flat }) => sum + flat, 0);
    const cum = found.reduce((sum, { cum }) => sum + cum, 0);
    for (const { at } of places) {
      if (seen.has(at)) continue;
      seen.add(at);
      fileFlat += code.instructions.get(at)!.flat;
    }
    const last = pieces.at(-1);
    if (last !== undefined && last.name === name && number - last.end < MERGED_GAP) {
      last.end = number + 1;
      last.flat += flat;
      last.cum += cum;
    } else pieces.push({ name, begin: number, end: number + 1, flat, cum });
  }
  pieces.forEach((piece, i) => {
    const before = pieces[i - 1];
    if (before === undefined) {
      // Line 0 stands for unknown lines and is none of the file's.
      if (piece.begin > CONTEXT) piece.begin -= CONTEXT;
      else if (piece.begin > 1) piece.begin = 1;
    } else {
      const half = Math.min(Math.trunc((piece.begin - before.end) / 2), CONTEXT);
      before.end += half;
      piece.begin -= half;
    }
  });
  const last = pieces.at(-1);
  if (last !== undefined) last.end += CONTEXT;
  return {
    file,
    flat: fileFlat,
    functions: pieces
      .filter(({ cum }) => cum !== 0)
      .map(({ name, begin, end, flat, cum }) => {
        const shown: SourceLine[] = [];
        for (let number = begin; number < end; number++) {
          const line = listLine(file, number, lines.get(number)?.places ?? [], code, reader);
          if (line !== undefined) shown.push(line);
        }
        return { name, flat, cum, lines: shown };
      }),
  };
}

function listLine(
  file: string,
  number: number,
  places: CodeLine["places"],
  code: Code,
  reader: SourceReader,
): SourceLine | undefined {
  const text = reader.line(file, number);
  if (text === undefined && places.length === 0) return undefined;
  let flat = 0;
  let cum = 0;
  let expected: bigint | undefined;
  const instructions = places.map(({ at, calls }) => {
    const { length, ...instruction } = code.instructions.get(at)!;
    flat += instruction.flat;
    cum += instruction.cum;
    const startsBlock = at !== expected;
    expected = at + length;
    return {
      ...instruction,
      startsBlock,
      calls: calls.map((call) => ({
        file: call.file,
        line: call.line,
        text: reader.line(call.file, call.line)?.trim() ?? "",
      })),
    };
  });
  const shown = text ?? (number === 0 ? "<instructions with unknown line numbers>" : "???");
  return { number, text: shown, flat, cum, instructions };
}
