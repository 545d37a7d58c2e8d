import { type Analysis, graphInput } from "../../analyze.ts";
import { truncateToInt64 } from "../../go/int64.ts";
import { scale } from "../../go/units.ts";
import { flatOf, type GraphNodes } from "../../graph/graph.ts";
import { sortEdges } from "../../graph/order.ts";
import { type TrimmedGraph, trimmedGraph } from "../../graph/trim.ts";
import { outputUnit } from "../measure.ts";

/** The graph of calls as callgrind writes profiles, for KCachegrind. */
export function printCallgrind(analysis: Analysis): string {
  const { sampleType, options } = analysis;
  const graph = trimmedGraph(graphInput(analysis, true), { edges: "all", visual: false, tree: options.call_tree });
  const { nodes, shown, links } = graph;
  const { table, info } = nodes;
  const unit = outputUnit(analysis, graph, true);
  const inUnit = (value: number): bigint => truncateToInt64(scale(value, sampleType.unit, unit).value);
  const names = calleeNames(graph);
  const binaries = new CompressedNames();
  const files = new CompressedNames();
  const functions = new CompressedNames();

  let text = `positions: instr line\nevents: ${inLine(`${sampleType.type}(${unit})`)}\n`;
  let before: number | undefined;
  for (const node of shown) {
    const row = info[node]!;
    if (before === undefined || !sameFunction(nodes, before, row)) {
      text += `\nob=${binaries.name(table.binary[row]!)}\nfl=${files.name(table.file[row]!)}\n`;
      text += `fn=${functions.name(table.name[row]!)}\n`;
    }
    text += `${address(nodes, before, row)} ${table.line[row]} ${inUnit(flatOf(nodes, node))}\n`;
    for (const edge of sortEdges(links.edges, links.from(node), nodes)) {
      const callee = links.edges.dst[edge]!;
      const to = info[callee]!;
      text += `cfl=${files.name(table.file[to]!)}\ncfn=${functions.name(names.get(callee) ?? "")}\n`;
      // The format counts calls, which a sampled profile does not know.
      text += `calls=0 ${address(nodes, before, to)} ${table.line[to]}\n`;
      text += `* * ${inUnit(links.edges.weight.numbers[edge]!)}\n`;
    }
    before = row;
  }
  return text;
}

function sameFunction({ table }: GraphNodes, a: number, b: number): boolean {
  return table.binary[a] === table.binary[b] && table.file[a] === table.file[b] && table.name[a] === table.name[b];
}

/** An address, relative to that of the node before (of callees too) where that is shorter. */
function address({ table }: GraphNodes, before: number | undefined, row: number): string {
  const here = table.address[row]!;
  const absolute = `0x${here.toString(16)}`;
  if (before === undefined) return absolute;
  const difference = BigInt.asIntN(64, here - table.address[before]!);
  if (difference === 0n) return "*";
  const relative = difference > 0n ? `+${difference}` : String(difference);
  return relative.length < absolute.length ? relative : absolute;
}

/** Names that are written out once and are numbers from then on. */
class CompressedNames {
  readonly #known = new Map<string, number>();

  name(name: string): string {
    if (name === "") return "";
    const known = this.#known.get(name);
    if (known !== undefined) return `(${known})`;
    this.#known.set(name, this.#known.size + 1);
    return `(${this.#known.size}) ${inLine(name)}`;
  }
}

/** A name that would go on in a line of its own would be an entry of its own. */
function inLine(text: string): string {
  return text.replace(/[\r\n]/g, " ");
}

/**
 * The names of nodes as callees. Callgrind takes functions with the same name and file for one; where there are several
 * (in several binaries, or in a call tree under several callers) they are numbered.
 */
function calleeNames({ nodes, shown, links }: TrimmedGraph): Map<number, string> {
  const { table, info } = nodes;
  const isTree = info.length !== table.length || info.some((row, node) => row !== node);
  const byName = new Map<string, Map<string, number>>();
  const keys = Array.from(shown, (node) => {
    const row = info[node]!;
    const name = JSON.stringify([table.file[row], table.name[row]]);
    const caller = isTree ? links.into(node).map((edge) => links.edges.src[edge]) : [];
    const own = [table.binary[row], table.startLine[row], ...caller].join("\0");
    const known = byName.get(name) ?? new Map<string, number>();
    if (!known.has(own)) known.set(own, known.size + 1);
    byName.set(name, known);
    return { node, row, own, known };
  });
  return new Map(
    keys.map(({ node, row, own, known }) => {
      const number = known.size > 1 ? ` [${known.get(own)}/${known.size}]` : "";
      return [node, table.name[row]! + number];
    }),
  );
}
