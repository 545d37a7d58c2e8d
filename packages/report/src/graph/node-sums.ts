// Hot: the node sums of a profile without inlined calls see every frame of every sample, 24 million in 100 MB; all else
// walks over a trie of the stacks. See bench/src/tool.ts.

import { exactColumn, type Int64Column } from "../go/int64.ts";
import { grown } from "../stack/grown.ts";
import { PairTable } from "../stack/pair-table.ts";
import type { Selection } from "../stack/selection.ts";
import { type StackTrie, stackTrie, sumTrie } from "../stack/stack-paths.ts";

/** The samples that count, and their stacks; the trie of those is made when it is first asked for. */
export class CountedStacks {
  readonly selection: Selection;
  /** Rows of samples. */
  readonly samples: Uint32Array;
  #trie: StackTrie | undefined;

  constructor(selection: Selection, samples: Uint32Array) {
    this.selection = selection;
    this.samples = samples;
  }

  trie(): StackTrie {
    this.#trie ??= stackTrie(this.selection, this.samples);
    return this.#trie;
  }
}

/** Stacks read as nodes: each frame stands for a node, or is passed over where its node has been removed. */
export interface Walk {
  readonly stacks: CountedStacks;
  /** Each frame's node, or -1 where that node has been removed. */
  readonly nodeOf: Int32Array;
  readonly nodeCount: number;
}

/** What each node has by itself, and with all that it calls; recursion counts once. */
export interface NodeSums {
  readonly flat: Int64Column;
  readonly cum: Int64Column;
}

/** Calls: a row for each pair of nodes of which the first calls the second, in the order in which they are found. */
export interface Edges {
  readonly length: number;
  readonly src: Int32Array;
  readonly dst: Int32Array;
  readonly weight: Int64Column;
  /** What `weight` is to be divided by for a mean. */
  readonly divisor: Int64Column | undefined;
  /** 1 where the call goes by way of nodes that have been removed. */
  readonly residual: Uint8Array;
  /** 1 where every one of these calls has been inlined. */
  readonly inline: Uint8Array;
}

/** The sums of all nodes; `byTrie` where there is, or will be, use for the trie anyway. */
export function sumNodes(walk: Walk, values: Int64Column, byTrie: boolean): NodeSums {
  const kernel = byTrie || walk.stacks.selection.paths !== undefined ? pathKernel : sampleKernel;
  const [flat, cum] = inParts(values, (part) => kernel(walk, part));
  return { flat: flat!, cum: cum! };
}

export function sumEdges(walk: Walk, values: Int64Column, divisors: Int64Column | undefined): Edges {
  const rows = new EdgeRows();
  const sum = (column: Int64Column): Int64Column => inParts(column, (part) => pathKernel(walk, part, rows))[2]!;
  const weight = sum(values);
  const divisor = divisors && sum(divisors);
  const { table, residual, called } = rows;
  const { length } = table;
  return {
    length,
    src: table.first.slice(0, length),
    dst: table.second.slice(0, length),
    weight,
    divisor,
    residual: residual.slice(0, length),
    inline: called.slice(0, length).map((called) => 1 - called),
  };
}

/**
 * Sums of a column by a kernel that adds doubles. Where those could lose bits the kernel runs over three parts of each
 * value, 22 bits wide, and the sums are put together as int64s: adding is linear.
 */
function inParts(values: Int64Column, kernel: (part: Float64Array) => Float64Array[]): Int64Column[] {
  const { numbers, exact } = values;
  if (exact === undefined) return kernel(numbers).map((sums) => ({ numbers: sums, exact: undefined }));
  const low = new Float64Array(exact.length);
  const middle = new Float64Array(exact.length);
  const high = new Float64Array(exact.length);
  for (let i = 0; i < exact.length; i++) {
    low[i] = Number(exact[i]! & 0x3fffffn);
    middle[i] = Number((exact[i]! >> 22n) & 0x3fffffn);
    high[i] = Number(exact[i]! >> 44n);
  }
  const parts = [low, middle, high].map(kernel);
  return parts[0]!.map((_, k) => {
    const [lows, middles, highs] = parts.map((sums) => sums[k]!) as [Float64Array, Float64Array, Float64Array];
    const whole = new BigInt64Array(lows.length);
    for (let i = 0; i < whole.length; i++) {
      whole[i] = BigInt(lows[i]!) + (BigInt(middles[i]!) << 22n) + (BigInt(highs[i]!) << 44n);
    }
    return exactColumn(whole);
  });
}

/** Stands for a location that has not exactly one frame. */
const MANY = -2;

/** Flat and cum of each node, sample by sample. */
function sampleKernel(
  { stacks: { selection, samples }, nodeOf, nodeCount }: Walk,
  values: Float64Array,
): Float64Array[] {
  const { stackStart, stackEnd } = selection;
  const { start } = selection.frames;
  const stacks = selection.profile.samples.locations;
  const single = new Int32Array(start.length - 1);
  for (let location = 0; location < single.length; location++) {
    const first = start[location]!;
    single[location] = start[location + 1]! - first === 1 ? nodeOf[first]! : MANY;
  }
  const flat = new Float64Array(nodeCount);
  const cum = new Float64Array(nodeCount);
  // The number of the last sample in which a node was seen, counted from 1.
  const seen = new Int32Array(nodeCount);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const value = values[sample]!;
    const end = stackEnd[sample]!;
    let leaf = MANY;
    for (let at = stackStart[sample]!; at < end; at++) {
      const location = stacks[at]!;
      const node = single[location]!;
      if (node !== MANY) {
        if (leaf === MANY) leaf = node;
        if (node >= 0 && seen[node] !== i + 1) {
          seen[node] = i + 1;
          cum[node]! += value;
        }
        continue;
      }
      const last = start[location + 1]!;
      for (let frame = start[location]!; frame < last; frame++) {
        const node = nodeOf[frame]!;
        if (leaf === MANY) leaf = node;
        if (node >= 0 && seen[node] !== i + 1) {
          seen[node] = i + 1;
          cum[node]! += value;
        }
      }
    }
    if (leaf >= 0) flat[leaf]! += value;
  }
  return [flat, cum];
}

/** The edges found so far, and whether the path that the walk is on has them. */
class EdgeRows {
  readonly table: PairTable = new PairTable();
  residual: Uint8Array = new Uint8Array(1024);
  /** 1 where some call has not been inlined. */
  called: Uint8Array = new Uint8Array(1024);
  open: Uint8Array = new Uint8Array(1024);

  row(src: number, dst: number): number {
    const edge = this.table.row(src, dst);
    if (edge >= this.open.length) {
      this.residual = grown(this.residual, new Uint8Array(edge * 2));
      this.called = grown(this.called, new Uint8Array(edge * 2));
      this.open = grown(this.open, new Uint8Array(edge * 2));
    }
    return edge;
  }
}

/**
 * Flat and cum of each node and, where `edges` are asked for, the weight of each edge: the trie is walked depth first,
 * and of what a path has twice only the first counts.
 */
function pathKernel({ stacks, nodeOf, nodeCount }: Walk, values: Float64Array, edges?: EdgeRows): Float64Array[] {
  const trie = stacks.trie();
  const { parent, location, child, sibling } = trie;
  const { start } = stacks.selection.frames;
  const { self, total } = sumTrie(trie, stacks.samples, values);
  const flat = new Float64Array(nodeCount);
  const cum = new Float64Array(nodeCount);
  let weight = new Float64Array(1024);
  // Where each path leaves off: its last node that has not been removed, and 1 where removed ones came after that.
  const lastNode = new Int32Array(trie.length).fill(-1);
  const skips = new Uint8Array(trie.length);
  // What the path that the walk is on has: nodes and edges, those of a location after those of the one before.
  const isOpen = new Uint8Array(nodeCount);
  const openNodes: number[] = [];
  const openEdges: number[] = [];
  const nodesBefore = new Uint32Array(trie.length);
  const edgesBefore = new Uint32Array(trie.length);
  let row = 0;
  for (;;) {
    if (row > 0) {
      const above = parent[row]!;
      let caller = lastNode[above]!;
      let skipped = skips[above]!;
      nodesBefore[row] = openNodes.length;
      edgesBefore[row] = openEdges.length;
      const first = start[location[row]!]!;
      const last = start[location[row]! + 1]! - 1;
      for (let frame = last; frame >= first; frame--) {
        const node = nodeOf[frame]!;
        if (node < 0) {
          skipped = 1;
          continue;
        }
        if (isOpen[node] === 0) {
          isOpen[node] = 1;
          openNodes.push(node);
          cum[node]! += total[row]!;
        }
        if (edges !== undefined && caller >= 0 && node !== caller) {
          const edge = edges.row(caller, node);
          if (edge >= weight.length) weight = grown(weight, new Float64Array(edge * 2));
          if (edges.open[edge] === 0) {
            edges.open[edge] = 1;
            openEdges.push(edge);
            weight[edge]! += total[row]!;
            if (skipped === 1) edges.residual[edge] = 1;
            if (frame === last) edges.called[edge] = 1;
          }
        }
        caller = node;
        skipped = 0;
      }
      if (caller >= 0 && skipped === 0) flat[caller]! += self[row]!;
      lastNode[row] = caller;
      skips[row] = skipped;
    }
    if (child[row] !== 0) {
      row = child[row]!;
      continue;
    }
    while (row !== 0) {
      while (openNodes.length > nodesBefore[row]!) isOpen[openNodes.pop()!] = 0;
      while (openEdges.length > edgesBefore[row]!) edges!.open[openEdges.pop()!] = 0;
      if (sibling[row] !== 0) {
        row = sibling[row]!;
        break;
      }
      row = parent[row]!;
    }
    if (row === 0) return [flat, cum, weight.slice(0, edges?.table.length ?? 0)];
  }
}
