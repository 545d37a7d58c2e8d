import { type Int64Column, quotient, valueAt } from "../go/int64.ts";
import { groupRows, type RowGroups } from "../stack/group-rows.ts";
import { filterRows, type Selection } from "../stack/selection.ts";
import { callPaths, sumCallPaths } from "./call-paths.ts";
import type { WantedEdges } from "./edge-rows.ts";
import { type Edges, type NodeSums, sumEdges, sumNodes, type WalkSums } from "./node-sums.ts";
import type { FrameNodes, NodeTable } from "./nodes.ts";
import { type CountedStacks, Walk } from "./walk.ts";

/** The values that a report is about, one a row of samples. */
export interface SampleValues {
  readonly values: Int64Column;
  /** For a mean: what the values are to be divided by. */
  readonly divisors: Int64Column | undefined;
}

/** Nodes with their values: one row a node of the table or, in a call tree, one row a path to such a node. */
export interface GraphNodes {
  readonly length: number;
  readonly table: NodeTable;
  /** The row of the table that a node is. */
  readonly info: Int32Array;
  readonly sums: NodeSums;
  /** For a mean: what the sums are to be divided by. */
  readonly divisors: NodeSums | undefined;
}

export function flatOf(nodes: GraphNodes, node: number): number {
  return quotient(nodes.sums.flat, nodes.divisors?.flat, node);
}

export function cumOf(nodes: GraphNodes, node: number): number {
  return quotient(nodes.sums.cum, nodes.divisors?.cum, node);
}

/** The sums of the flat values of the first one, two, three, … of these nodes, each wrapped to an int64. */
export function runningFlat(nodes: GraphNodes, rows: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(rows.length);
  const { flat } = nodes.sums;
  const divisors = nodes.divisors?.flat;
  if (flat.exact === undefined) {
    let sum = 0;
    for (let i = 0; i < rows.length; i++) {
      sum += quotient(flat, divisors, rows[i]!);
      sums[i] = sum;
    }
    return sums;
  }
  let sum = 0n;
  for (let i = 0; i < rows.length; i++) {
    const by = divisors === undefined ? 0n : valueAt(divisors, rows[i]!);
    const value = valueAt(flat, rows[i]!);
    sum = BigInt.asIntN(64, sum + (by === 0n ? value : value / by));
    sums[i] = Number(sum);
  }
  return sums;
}

/** The samples that count: those with a value or a divisor other than 0. */
export function countingSamples(selection: Selection, { values, divisors }: SampleValues): Uint32Array {
  const numbers = values.numbers;
  const by = divisors?.numbers;
  return filterRows(selection.samples, (sample) => numbers[sample] !== 0 || (by !== undefined && by[sample] !== 0));
}

/** The graph's nodes with their values, before anything is removed. */
export function graphNodes(
  walk: Walk,
  table: NodeTable,
  { values, divisors }: SampleValues,
): GraphNodes & { readonly sums: WalkSums } {
  const info = new Int32Array(table.length);
  for (let row = 0; row < info.length; row++) info[row] = row;
  return {
    length: table.length,
    table,
    info,
    sums: sumNodes(walk, values),
    divisors: divisors && sumNodes(walk, divisors),
  };
}

/** A graph in which every node has at most one caller. */
export function graphTree(
  walk: Walk,
  table: NodeTable,
  { values, divisors }: SampleValues,
): { nodes: GraphNodes; edges: Edges; leaf: Int32Array; parent: Int32Array } {
  const paths = callPaths(walk);
  const sums = sumCallPaths(paths, walk.stacks.samples, values);
  const bySums = divisors && sumCallPaths(paths, walk.stacks.samples, divisors);
  const children = paths.parent.map((_, row) => row).filter((row) => paths.parent[row]! >= 0);
  const at = (column: Int64Column): Int64Column => ({
    numbers: Float64Array.from(children, (row) => column.numbers[row]!),
    exact: column.exact && BigInt64Array.from(children, (row) => column.exact![row]!),
  });
  return {
    nodes: { length: paths.length, table, info: paths.node, sums, divisors: bySums },
    edges: {
      length: children.length,
      src: children.map((row) => paths.parent[row]!),
      dst: children,
      weight: at(sums.cum),
      divisor: bySums && at(bySums.cum),
      residual: new Uint8Array(children.length),
      inline: Uint8Array.from(children, (row) => paths.inline[row]!),
    },
    leaf: paths.leaf,
    parent: paths.parent,
  };
}

/** The walk over the nodes with a 1 in `kept`; all of them where there is no `kept`. */
export function walkOf(stacks: CountedStacks, { table, nodeOf }: FrameNodes, kept?: Uint8Array): Walk {
  const nodes = kept === undefined ? nodeOf : nodeOf.map((node) => (kept[node] === 1 ? node : -1));
  return new Walk(stacks, nodes, table.length);
}

export function graphEdges(walk: Walk, { values, divisors }: SampleValues, wanted?: WantedEdges): Edges {
  return sumEdges(walk, values, divisors, wanted);
}

/** The edges of a graph by the nodes they join, and which of them have been removed since. */
export class Links {
  readonly edges: Edges;
  readonly removed: Uint8Array;
  readonly #in: RowGroups;
  readonly #out: RowGroups;

  constructor(edges: Edges, nodeCount: number) {
    this.edges = edges;
    this.removed = new Uint8Array(edges.length);
    this.#in = groupRows(edges.dst, nodeCount);
    this.#out = groupRows(edges.src, nodeCount);
  }

  /** The edges into a node, in the order in which they were found. */
  into(node: number): number[] {
    return this.#list(this.#in, node);
  }

  from(node: number): number[] {
    return this.#list(this.#out, node);
  }

  #list({ start, rows }: RowGroups, node: number): number[] {
    const list: number[] = [];
    for (let i = start[node]!; i < start[node + 1]!; i++) if (this.removed[rows[i]!] === 0) list.push(rows[i]!);
    return list;
  }
}
