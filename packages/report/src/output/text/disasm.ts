import { type Analysis, graphInput } from "../../analyze.ts";
import { ReportError } from "../../error.ts";
import { parseAddress } from "../../go/address.ts";
import { compareText, padLeft } from "../../go/format.ts";
import { sumOf } from "../../go/int64.ts";
import { basePath } from "../../go/paths.ts";
import { percentage } from "../../go/units.ts";
import { type GraphNodes, graphNodes, walkOf } from "../../graph/graph.ts";
import { present } from "../../graph/trim.ts";
import type { Instruction, ObjectFile, ObjectSymbol } from "../../world/binaries.ts";
import type { World } from "../../world/world.ts";
import { formatIn } from "../measure.ts";

/** A symbol of a binary, disassembled, each instruction with what the profile has for it. */
export interface Disassembly {
  readonly names: readonly string[];
  readonly flat: number;
  readonly cum: number;
  readonly instructions: readonly DisassembledInstruction[];
}

export interface DisassembledInstruction extends Instruction {
  readonly flat: number;
  readonly cum: number;
}

/** A symbol with the nodes whose addresses it holds. */
interface FoundSymbol {
  readonly symbol: ObjectSymbol;
  readonly object: ObjectFile;
  readonly nodes: number[];
}

/**
 * The symbols whose names match, or that hold the address that the pattern is, by name; of more than `most` those with
 * the largest values of their own, the largest first.
 */
export function disassemblies(analysis: Analysis, world: World, most?: number): Disassembly[] {
  const { options } = analysis;
  const input = graphInput(analysis, true);
  const nodes = graphNodes(walkOf(input.stacks, input.frames), input.frames.table, input.values);
  const shown = present(nodes, options.drop_negative);
  const source = analysis.pattern?.source ?? "";
  const address = parseAddress(source);
  const symbols = matchingSymbols(analysis, nodes, shown, address, world);
  const found = symbols
    .filter(({ nodes }) => nodes.length > 0)
    .sort((a, b) => compareText(a.symbol.names[0]!, b.symbol.names[0]!) || (a.symbol.start < b.symbol.start ? -1 : 1));
  if (found.length === 0) {
    if (address === undefined) throw new ReportError(`no matches found for regexp ${source}`);
    const hex = `0x${address.toString(16)}`;
    if (symbols.length === 0) throw new ReportError(`no matches found for address ${hex}`);
    throw new ReportError(
      `address ${hex} found in binary, but the corresponding symbols do not have samples in the profile`,
    );
  }
  const sized = found.map((one) => ({
    ...one,
    flat: Number(sumOf(nodes.sums.flat, one.nodes)),
    cum: Number(sumOf(nodes.sums.cum, one.nodes)),
  }));
  if (most !== undefined) sized.sort((a, b) => Math.abs(b.flat) - Math.abs(a.flat)).splice(most);
  return sized.map(({ symbol, object, nodes: rows, flat, cum }) => ({
    names: symbol.names,
    flat,
    cum,
    instructions: annotate(
      world.binaries!.disassemble(symbol.file, symbol.start, pastEnd(symbol), options.intel_syntax),
      nodes,
      rows,
      object,
    ),
  }));
}

/** What is disassembled ends before this address; the last symbol, whose end is not known, has the highest there is. */
function pastEnd({ end }: ObjectSymbol): bigint {
  return end === 2n ** 64n - 1n ? end : end + 1n;
}

function matchingSymbols(
  { profile, pattern }: Analysis,
  nodes: GraphNodes,
  shown: Int32Array,
  address: bigint | undefined,
  { binaries }: World,
): FoundSymbol[] {
  if (binaries === undefined) return [];
  const { table } = nodes;
  const matches = (name: string): boolean => pattern?.test(name) ?? true;
  const files = new Set(Array.from(shown, (node) => (matches(table.name[node]!) ? table.binary[node]! : "")));
  const { mappings, strings } = profile;
  const found: FoundSymbol[] = [];
  for (let row = 0; row < mappings.length; row++) {
    const file = strings.get(mappings.filename[row]!);
    const [start, limit] = [mappings.start[row]!, mappings.limit[row]!];
    const holdsAddress = address !== undefined && start <= address && address <= limit;
    if ((file === "" || !files.has(file)) && !holdsAddress) continue;
    const object = attempt(() => binaries.open(file, start, limit, mappings.offset[row]!));
    const symbols = object && attempt(() => object.symbols(matches, address ?? 0n));
    if (object === undefined || symbols === undefined) continue;
    const placed = placedIn(object, table.address, shown);
    for (const symbol of symbols) {
      const from = firstFrom(placed, symbol.start);
      const inside: number[] = [];
      for (let i = from; i < placed.length && placed[i]!.at <= symbol.end; i++) inside.push(placed[i]!.node);
      found.push({ symbol, object, nodes: inside.sort((a, b) => a - b) });
    }
  }
  return found;
}

/** Nodes with their addresses in a file, by address; a program has more symbols than each can ask all nodes of. */
function placedIn(
  object: ObjectFile,
  addresses: GraphNodes["table"]["address"],
  nodes: Int32Array,
): { readonly at: bigint; readonly node: number }[] {
  const placed: { at: bigint; node: number }[] = [];
  for (const node of nodes) {
    const at = attempt(() => object.objectAddress(addresses[node]!));
    if (at !== undefined) placed.push({ at, node });
  }
  return placed.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function firstFrom(placed: readonly { readonly at: bigint }[], address: bigint): number {
  let low = 0;
  for (let high = placed.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (placed[middle]!.at < address) low = middle + 1;
    else high = middle;
  }
  return low;
}

// A binary that is not there or not readable is one without symbols.
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** Gives each instruction what was sampled from its address up to that of the next. */
function annotate(
  instructions: readonly Instruction[],
  { table, sums }: GraphNodes,
  rows: readonly number[],
  object: ObjectFile,
): DisassembledInstruction[] {
  const sorted = [...rows].sort((a, b) => (table.address[a]! < table.address[b]! ? -1 : 1));
  let next = 0;
  return instructions.map((instruction, i) => {
    const end = instructions[i + 1]?.address ?? 2n ** 64n - 1n;
    const here: number[] = [];
    for (; next < sorted.length; next++) {
      const address = attempt(() => object.objectAddress(table.address[sorted[next]!]!));
      if (address === undefined || address >= end) break;
      here.push(sorted[next]!);
    }
    const known = (of: (node: number) => string): string => here.map(of).find((text) => text !== "") ?? "";
    return {
      ...instruction,
      function: instruction.function || known((node) => table.name[node]!),
      file: basePath(instruction.file || known((node) => table.file[node]!) || "").replace(/^\.$/, ""),
      line: instruction.line || (here.map((node) => table.line[node]!).find((line) => line !== 0) ?? 0),
      flat: Number(sumOf(sums.flat, here)),
      cum: Number(sumOf(sums.cum, here)),
    };
  });
}

export function printDisasm(analysis: Analysis, world: World): string {
  const format = formatIn(analysis, analysis.options.unit);
  const total = Number(analysis.total);
  const value = (size: number): string => padLeft(format(size), 10);
  const orDot = (size: number): string => (size === 0 ? "         ." : value(size));
  let text = `Total: ${format(total)}\n`;
  for (const { names, flat, cum, instructions } of disassemblies(analysis, world)) {
    text += `ROUTINE ======================== ${names[0]}\n`;
    for (const name of names.slice(1)) text += `    AKA ======================== ${name}\n`;
    text += `${value(flat)} ${value(cum)} (flat, cum) ${percentage(cum, total)} of Total\n`;
    let before = "";
    for (const instruction of instructions) {
      const place = placeOf(instruction);
      const start = `${orDot(instruction.flat)} ${orDot(instruction.cum)} ${instruction.address.toString(16).padStart(10)}`;
      if (place === before || place === "") text += `${start}: ${instruction.text}\n`;
      else if (new TextEncoder().encode(instruction.text).length < 40) {
        text += `${start}: ${instruction.text.padEnd(40)};${place}\n`;
      } else text += `${" ".repeat(74)};${place}\n${start}: ${instruction.text}\n`;
      before = place;
    }
  }
  return text;
}

function placeOf({ function: name, file, line }: DisassembledInstruction): string {
  const place = file === "" ? "" : line === 0 ? file : `${file}:${line}`;
  return name === "" ? place : `${name} ${place}`;
}
