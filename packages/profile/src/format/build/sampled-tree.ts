import type { LabelFields } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import { type CallFrame, scriptFunction, scriptPlace } from "./script-frames.ts";
import { type SymbolSamples, timestamp } from "./symbol-samples.ts";

/** A tree of V8's call frames. */
export interface FrameTree {
  readonly frames: readonly CallFrame[];
  /** The row of each node's caller, -1 for a root. */
  readonly parent: readonly number[];
}

/** A tree of V8's call frames and the samples that found its nodes on top of the stack. */
export interface SampledTree extends FrameTree {
  /** A node for each sample. */
  readonly samples: readonly number[];
  /** The microseconds between each sample and the one before it. */
  readonly deltas: readonly number[];
  /** The line of each sample, from 1, 0 where unknown. */
  readonly lines: readonly number[];
  /** How many hits each sample stands for, where it is not one; then its time is not known. */
  readonly counts?: readonly number[];
  /** When the first delta begins, in microseconds on V8's clock. */
  readonly startTime: number;
}

/** Time and hits of one line of one node. */
interface Hits {
  count: number;
  micros: number;
}

const ROOT = "(root)";

/** The stacks of a tree's nodes. */
export interface TreeStacks {
  /** How many frames each node has, and its callers. */
  readonly depths: Int32Array;
  /** The locations of a node at a line, leaf first. */
  readonly stackOf: (node: number, line: number) => number[];
}

/**
 * Adds the samples of a tree, each a count and nanoseconds: a row for each stack and line, or for each sample with its
 * time in nanoseconds on V8's clock. Samples of several threads may share a tree, and its stacks.
 */
export function addSampledTree(
  out: SymbolSamples,
  tree: SampledTree,
  timestamps: boolean,
  labels: readonly LabelFields[] = [],
  { depths, stackOf }: TreeStacks = treeStacks(out, tree),
): void {
  const isEach = timestamps && tree.counts === undefined;
  const foresee = (nodes: Iterable<readonly [node: number, samples: number]>): void => {
    let [samples, frames] = [0, 0];
    for (const [node, count] of nodes) {
      samples += count;
      frames += count * depths[node]!;
    }
    out.foresee({ samples, frames, values: 2, labels: labels.length + (isEach ? 1 : 0) });
  };
  if (isEach) foresee(tree.samples.map((node) => [node, 1]));
  const hits = new Map<number, Map<number, Hits>>();
  let now = tree.startTime;
  tree.samples.forEach((node, i) => {
    // Threads' clocks may step back by some microseconds.
    const micros = Math.max(tree.deltas[i] ?? 0, 0);
    const line = tree.lines[i] ?? 0;
    const count = tree.counts?.[i] ?? 1;
    now += micros;
    if (isEach) {
      out.add(stackOf(node, line), [1, micros * 1000], [...labels, timestamp(now * 1000)]);
      return;
    }
    const byLine = hits.get(node) ?? new Map<number, Hits>();
    hits.set(node, byLine);
    const known = byLine.get(line);
    if (known === undefined) byLine.set(line, { count, micros });
    else {
      known.count += count;
      known.micros += micros;
    }
  });
  foresee(Array.from(hits, ([node, { size }]) => [node, size]));
  for (const [node, byLine] of hits) {
    for (const [line, { count, micros }] of byLine) out.add(stackOf(node, line), [count, micros * 1000], labels);
  }
}

/** Gives the stack of a node, leaf first; the root is a frame only where it is the leaf. */
export function treeStacks(out: SymbolSamples, { frames, parent }: FrameTree): TreeStacks {
  const depths = depthsOf(parent);
  const callers = new Int32Array(frames.length).fill(-1);
  const functions = new Int32Array(frames.length).fill(-1);
  const locationOf = (node: number, line?: number): number => {
    if (functions[node] === -1) functions[node] = scriptFunction(out, frames[node]!);
    return out.place(functions[node]!, scriptPlace(frames[node]!, line));
  };
  const stackOf = (node: number, line: number): number[] => {
    const stack = [locationOf(node, line || undefined)];
    for (let up = parent[node]!; up >= 0; up = parent[up]!) {
      if (parent[up] === -1 && frames[up]!.functionName === ROOT) break;
      if (callers[up] === -1) callers[up] = locationOf(up);
      stack.push(callers[up]!);
    }
    return stack;
  };
  return { depths, stackOf };
}

const ON_THE_WAY = -1;

/** How many nodes each node and its callers are; refuses nodes that are their own callers. */
export function depthsOf(parent: readonly number[]): Int32Array {
  const depths = new Int32Array(parent.length);
  const way: number[] = [];
  for (let node = 0; node < parent.length; node++) {
    let up = node;
    for (; up >= 0 && depths[up] === 0; up = parent[up]!) {
      depths[up] = ON_THE_WAY;
      way.push(up);
    }
    if (depths[up] === ON_THE_WAY) throw new ProfileError(`malformed profile: node ${up} is its own caller`);
    let depth = depths[up] ?? 0;
    while (way.length > 0) depths[way.pop()!] = ++depth;
  }
  return depths;
}
