import { sumOf, truncateToInt64, valueAt, wrapAbs } from "../go/int64.ts";
import type { Options } from "../options.ts";
import type { LabelWords } from "../stack/label-words.ts";
import type { WantedEdges } from "./edge-rows.ts";
import { type GraphNodes, graphEdges, graphNodes, graphTree, Links, type SampleValues, walkOf } from "./graph.ts";
import { inlinedCallees } from "./inlined-callees.ts";
import type { Edges, WalkSums } from "./node-sums.ts";
import type { FrameNodes } from "./nodes.ts";
import { type NodeOrder, sortEdges, sortNodes } from "./order.ts";
import { graphTagStacks, type TagStacks, treeTagStacks } from "./tag-stacks.ts";
import { countTags, TagTable } from "./tags.ts";
import type { CountedStacks, Walk } from "./walk.ts";

/** What graphs are made of. */
export interface GraphInput {
  readonly stacks: CountedStacks;
  readonly frames: FrameNodes;
  readonly values: SampleValues;
  readonly labelUnits: ReadonlyMap<string, string>;
  readonly labelWords: () => LabelWords;
  readonly options: Options;
}

/** What of a graph an output needs. */
export interface GraphNeeds {
  /** Which edges, or all; of none, nodes have no edges. Or those by which it shows what has been inlined. */
  readonly edges: WantedEdges | "all" | "none" | "inlined";
  /** Order and trim for a picture, and count tags. */
  readonly visual: boolean;
  /** A tree of call paths in place of a graph. */
  readonly tree: boolean;
}

/** The part of a graph that is worth showing. */
export interface TrimmedGraph {
  readonly nodes: GraphNodes;
  /** The nodes to show, in order. */
  readonly shown: Int32Array;
  readonly links: Links;
  /** Undefined where no sample has labels, or the picture shows none. */
  readonly tags: TagTable | undefined;
  /** How many nodes there were before `nodecount` was applied. */
  readonly originalCount: number;
  readonly droppedNodes: number;
  readonly droppedEdges: number;
}

/** Pictures show at most so many tags a node, of text and of numbers. */
export const MAX_TAGS: number = 4;

/** Removes what is too small to matter, and then what goes beyond `nodecount`. */
export function trimmedGraph(input: GraphInput, needs: GraphNeeds): TrimmedGraph {
  const { options } = input;
  const graph = needs.tree ? new TreeInProgress(input) : new GraphInProgress(input, needs.edges);
  const order: NodeOrder = needs.visual ? "entropy" : options.sort;
  let shown = present(graph.nodes, options.drop_negative);
  const total = Number(sumOf(graph.nodes.sums.flat, shown));
  const nodeCutoff = cutoff(total, options.nodefraction);
  const edgeCutoff = cutoff(total, options.edgefraction);

  let droppedNodes = 0;
  if (nodeCutoff > 0n) {
    const large = shown.filter((node) => wrapAbs(valueAt(graph.nodes.sums.cum, node)) >= nodeCutoff);
    droppedNodes = shown.length - large.length;
    if (droppedNodes > 0) graph.keep(large, shown);
    shown = large;
  }
  const originalCount = shown.length;
  const sorted = (): Int32Array =>
    sortNodes(graph.nodes, shown, order, needs.visual ? graph.links(edgeCutoff) : undefined);
  shown = sorted();
  const { labels } = input.stacks.selection.profile.samples;
  const tags =
    needs.visual && labels.length > 0
      ? graph.tags(options.nodecount > 0 ? shown.subarray(0, options.nodecount) : shown, nodeCutoff)
      : undefined;
  if (options.nodecount > 0) {
    // In the reference these then no longer count as dropped; nothing but a picture says how many were.
    if (needs.visual) trimEdges(graph.links(edgeCutoff), shown, edgeCutoff);
    const count = needs.visual ? visualCount(shown, options.nodecount, tags) : options.nodecount;
    if (count < shown.length) {
      const top = shown.slice(0, count);
      graph.keep(top, shown);
      shown = top;
      shown = sorted();
    }
  }
  const links = graph.links(edgeCutoff);
  const droppedEdges = trimEdges(links, shown, edgeCutoff);
  if (needs.visual) removeRedundantEdges(links, shown, graph.nodes);
  return { nodes: graph.nodes, shown, links, tags, originalCount, droppedNodes, droppedEdges };
}

/** All nodes with a value, in no order worth speaking of. */
export function present(nodes: GraphNodes, dropNegative: boolean): Int32Array {
  const flat = nodes.sums.flat.numbers;
  const cum = nodes.sums.cum.numbers;
  const rows = new Int32Array(nodes.length);
  let length = 0;
  for (let node = 0; node < nodes.length; node++) {
    if (flat[node] === 0 && cum[node] === 0) continue;
    if (dropNegative && (flat[node]! < 0 || (flat[node] === 0 && cum[node]! < 0))) continue;
    rows[length++] = node;
  }
  return rows.slice(0, length);
}

/** So much of the total, cut to an int64. */
export function cutoff(total: number, fraction: number): bigint {
  return wrapAbs(truncateToInt64(total * fraction));
}

/** A graph some of whose nodes are removed on the way; its edges are made when they are asked for. */
class GraphInProgress {
  readonly nodes: GraphNodes & { readonly sums: WalkSums };
  readonly #input: GraphInput;
  readonly #wanted: GraphNeeds["edges"];
  readonly #whole: Walk;
  #walk: Walk;
  /** 1 for each node that has not been removed. */
  #kept: Uint8Array | undefined;
  #links: Links | undefined;

  constructor(input: GraphInput, wanted: GraphNeeds["edges"]) {
    this.#input = input;
    this.#wanted = wanted;
    this.#whole = walkOf(input.stacks, input.frames);
    this.#walk = this.#whole;
    this.nodes = graphNodes(this.#whole, input.frames.table, input.values);
  }

  /** Removes all nodes but these. What a node has itself does not change; edges then go past what is removed. */
  keep(rows: Int32Array): void {
    this.#kept = mask(rows, this.nodes.length);
    this.#walk = walkOf(this.#input.stacks, this.#input.frames, this.#kept);
    this.#links = undefined;
  }

  /** Edges below `cutoff` need not all be there. */
  links(cutoff: bigint): Links {
    this.#links ??= this.#makeLinks(cutoff);
    return this.#links;
  }

  #makeLinks(cutoff: bigint): Links {
    const { values } = this.#input;
    let wanted: GraphNeeds["edges"] | undefined = this.#wanted;
    if (wanted === "inlined")
      wanted = inlinedCallees(this.#whole, this.nodes.sums, values, cutoff, this.#kept) ?? "none";
    if (wanted === "none") return new Links(NO_EDGES, 0);
    return new Links(graphEdges(this.#walk, values, wanted === "all" ? undefined : wanted), this.nodes.length);
  }

  tags(wanted: Int32Array, cutoff: bigint): TagTable {
    return tagTable(this.#input, graphTagStacks(this.#walk, mask(wanted, this.nodes.length)), cutoff);
  }
}

const NO_EDGES: Edges = {
  length: 0,
  src: new Int32Array(0),
  dst: new Int32Array(0),
  weight: { numbers: new Float64Array(0), exact: undefined },
  divisor: undefined,
  residual: new Uint8Array(0),
  inline: new Uint8Array(0),
};

/** A tree of call paths some of whose nodes are removed on the way. */
class TreeInProgress {
  readonly nodes: GraphNodes;
  readonly #input: GraphInput;
  readonly #leaf: Int32Array;
  readonly #parent: Int32Array;
  #links: Links;

  constructor(input: GraphInput) {
    this.#input = input;
    const walk = walkOf(input.stacks, input.frames);
    const { nodes, edges, leaf, parent } = graphTree(walk, input.frames.table, input.values);
    this.nodes = nodes;
    this.#leaf = leaf;
    this.#parent = parent;
    this.#links = new Links(edges, nodes.length);
  }

  /** Removes those of `among` that are not in `rows`; what they call is then called by what calls them. */
  keep(rows: Int32Array, among: Int32Array): void {
    const gone = new Uint8Array(this.nodes.length);
    for (const node of among) gone[node] = 1;
    for (const node of rows) gone[node] = 0;
    const { edges, removed } = this.#links;
    // The edge into each node. A caller's row stands before those of what it calls, so one pass from the top is enough.
    const into = new Int32Array(this.nodes.length).fill(-1);
    for (let edge = 0; edge < edges.length; edge++) if (removed[edge] === 0) into[edges.dst[edge]!] = edge;
    const src = edges.src.slice();
    const residual = edges.residual.slice();
    const inline = edges.inline.slice();
    const stays = new Uint8Array(edges.length);
    for (let node = 0; node < into.length; node++) {
      const edge = into[node]!;
      if (edge < 0) continue;
      const caller = src[edge]!;
      if (gone[caller] === 1) {
        const above = into[caller]!;
        if (above < 0) {
          into[node] = -1;
          continue;
        }
        src[edge] = src[above]!;
        residual[edge] = 1;
        inline[edge] = inline[edge]! & inline[above]!;
      }
      if (gone[node] === 0) stays[edge] = 1;
    }
    this.#links = new Links({ ...edges, src, residual, inline }, this.nodes.length);
    stays.forEach((stay, edge) => {
      this.#links.removed[edge] = 1 - stay;
    });
  }

  links(): Links {
    return this.#links;
  }

  tags(wanted: Int32Array, cutoff: bigint): TagTable {
    const paths = { parent: this.#parent, leaf: this.#leaf, length: this.nodes.length };
    return tagTable(this.#input, treeTagStacks(paths, mask(wanted, this.nodes.length)), cutoff);
  }
}

function tagTable(
  { stacks, values, labelUnits, labelWords, options }: GraphInput,
  tagStacks: TagStacks,
  cutoff: bigint,
): TagTable {
  return new TagTable(stacks, tagStacks, values, labelWords(), labelUnits, options.unit, Number(cutoff));
}

/** 1 for each of these nodes. */
function mask(nodes: Int32Array, length: number): Uint8Array {
  const marked = new Uint8Array(length);
  for (const node of nodes) marked[node] = 1;
  return marked;
}

/** How many nodes to keep of a picture in which a node's tags, up to a few, count as nodes. */
function visualCount(shown: Int32Array, nodecount: number, tags: TagTable | undefined): number {
  let count = 0;
  for (let i = 0; i < shown.length; i++) {
    count += 1 + (tags === undefined ? 0 : Math.min(countTags(tags.of(shown[i]!)), MAX_TAGS));
    if (count >= nodecount) return i + 1;
  }
  return nodecount;
}

/** Removes edges into these nodes that weigh less than `cutoff`, and says how many. */
function trimEdges(links: Links, shown: Int32Array, cutoff: bigint): number {
  if (cutoff <= 0n) return 0;
  const { weight } = links.edges;
  let dropped = 0;
  for (const node of shown) {
    for (const edge of links.edges.length === 0 ? [] : links.into(node)) {
      if (weight.exact === undefined) {
        if (Math.abs(weight.numbers[edge]!) >= cutoff) continue;
      } else if (wrapAbs(weight.exact[edge]!) >= cutoff) continue;
      links.removed[edge] = 1;
      dropped++;
    }
  }
  return dropped;
}

/** Removes edges past removed nodes where another way leads from their caller to their callee; the smallest first. */
function removeRedundantEdges(links: Links, shown: Int32Array, nodes: GraphNodes): void {
  const { edges, removed } = links;
  const seen = new Int32Array(nodes.length);
  let search = 0;
  for (let i = shown.length - 1; i >= 0; i--) {
    const incoming = sortEdges(edges, links.into(shown[i]!), nodes);
    for (let k = incoming.length - 1; k >= 0; k--) {
      const edge = incoming[k]!;
      // An edge heavier than one that is a call would be missed.
      if (edges.residual[edge] === 0) break;
      if (isRedundant(links, edge, seen, ++search)) removed[edge] = 1;
    }
  }
}

function isRedundant(links: Links, edge: number, seen: Int32Array, search: number): boolean {
  const { edges } = links;
  const from = edges.src[edge]!;
  const queue = [edges.dst[edge]!];
  seen[queue[0]!] = search;
  for (const node of queue) {
    for (const incoming of links.into(node)) {
      const caller = edges.src[incoming]!;
      if (incoming === edge || seen[caller] === search) continue;
      if (caller === from) return true;
      seen[caller] = search;
      queue.push(caller);
    }
  }
  return false;
}
