// Hot: sees every frame of every stack that differs from the others, 14 million in the worst 100 MB. See
// bench/src/tool.ts.
import type { EdgeRows } from "./edge-rows.ts";
import { HIDDEN, nodeOfLocations, REMOVED, SEVERAL, type Walk } from "./walk.ts";

/** Flat and cum of each node, stack by stack; recursion counts once. */
export function sumStackNodes(walk: Walk, values: Float64Array): Float64Array[] {
  const { stacks, nodeOf, nodeCount } = walk;
  const { start: frameStart } = stacks.selection.frames;
  const { locations } = stacks.selection.profile.samples;
  const { length, start, end } = stacks.distinct();
  const sums = sumsOfStacks(walk, values);
  const nodes = nodeOfLocations(walk);
  const flat = new Float64Array(nodeCount);
  const cum = new Float64Array(nodeCount);
  // The number of the last stack in which a node was seen, counted from 1.
  const seen = new Int32Array(nodeCount);
  for (let stack = 0; stack < length; stack++) {
    const value = sums[stack]!;
    const last = end[stack]!;
    let leaf = HIDDEN;
    for (let at = start[stack]!; at < last; at++) {
      const location = locations[at]!;
      let node = nodes[location]!;
      if (node === SEVERAL) {
        for (let frame = frameStart[location + 1]! - 1; frame >= frameStart[location]!; frame--) {
          node = nodeOf[frame]!;
          if (node < 0 || seen[node] === stack + 1) continue;
          seen[node] = stack + 1;
          cum[node]! += value;
        }
      } else if (node >= 0 && seen[node] !== stack + 1) {
        seen[node] = stack + 1;
        cum[node]! += value;
      }
      if (leaf === HIDDEN) leaf = node;
    }
    if (leaf >= 0) flat[leaf]! += value;
  }
  return [flat, cum];
}

/** Which edges are asked for, by node: those from its callers, those to its callees, or both together. */
export type WantedEdges = Uint8Array;
export const CALLERS = 1;
export const CALLEES = 2;

/** The weight of each edge, stack by stack. */
export function sumStackEdges(walk: Walk, values: Float64Array, edges: EdgeRows, wanted: WantedEdges): Float64Array {
  const { stacks, nodeOf } = walk;
  const { start: frameStart } = stacks.selection.frames;
  const { locations } = stacks.selection.profile.samples;
  const { length, start, end } = stacks.distinct();
  const sums = sumsOfStacks(walk, values);
  const nodes = nodeOfLocations(walk);
  edges.clearWeights();
  for (let stack = 0; stack < length; stack++) {
    const value = sums[stack]!;
    const first = start[stack]!;
    edges.stack++;
    let caller = -1;
    let wantsCallees = 0;
    let skipped = 0;
    for (let at = end[stack]! - 1; at >= first; at--) {
      const location = locations[at]!;
      const node = nodes[location]!;
      if (node >= 0) {
        if (caller >= 0 && caller !== node && (wantsCallees | (wanted[node]! & CALLERS)) !== 0) {
          edges.add(caller, node, value, skipped, 1);
        }
        caller = node;
        wantsCallees = wanted[node]! & CALLEES;
        skipped = 0;
      } else if (node === REMOVED) skipped = 1;
      else if (node === SEVERAL) {
        const outermost = frameStart[location + 1]! - 1;
        for (let frame = outermost; frame >= frameStart[location]!; frame--) {
          const inner = nodeOf[frame]!;
          if (inner < 0) {
            skipped = 1;
            continue;
          }
          if (caller >= 0 && caller !== inner && (wantsCallees | (wanted[inner]! & CALLERS)) !== 0) {
            edges.add(caller, inner, value, skipped, frame === outermost ? 1 : 0);
          }
          caller = inner;
          wantsCallees = wanted[inner]! & CALLEES;
          skipped = 0;
        }
      }
    }
  }
  return edges.weight.slice(0, edges.table.length);
}

/** What the samples of each stack are worth. */
function sumsOfStacks({ stacks }: Walk, values: Float64Array): Float64Array {
  const { samples } = stacks;
  const { length, of } = stacks.distinct();
  const sums = new Float64Array(length);
  for (let i = 0; i < samples.length; i++) sums[of[i]!]! += values[samples[i]!]!;
  return sums;
}
