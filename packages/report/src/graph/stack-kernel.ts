// Hot: sees each location that a stack does not share with the one before it: 5 million of 28 million in the worst 100 MB,
// in 0.1 s. See bench/src/tool.ts.
import { CALLED, type EdgeRows, RESIDUAL } from "./edge-rows.ts";
import { HIDDEN, REMOVED, SEVERAL } from "./location-nodes.ts";
import type { Walk } from "./walk.ts";

/**
 * Flat and cum of each node; recursion counts once. A node is opened where the stacks begin to have it and closed where
 * they no longer do: what was summed up in between is its cum.
 */
export function sumStackNodes(walk: Walk, values: Float64Array): Float64Array[] {
  const { stacks, nodeCount } = walk;
  const { length, shared, start, locations, deepest } = stacks.shared();
  const sums = sumsOfStacks(walk, values);
  const { of, lists } = walk.locations();
  const flat = new Float64Array(nodeCount);
  const cum = new Float64Array(nodeCount);
  const isOpen = new Uint8Array(nodeCount);
  const open = new Int32Array(nodeCount);
  const openedAt = new Float64Array(nodeCount);
  // By depth: how many nodes are open, and the innermost node, whether it has been removed or not.
  const openAt = new Int32Array(deepest + 1);
  const leafAt = new Int32Array(deepest + 1).fill(REMOVED);
  let count = 0;
  let sum = 0;
  for (let stack = 0; stack <= length; stack++) {
    let depth = stack < length ? shared[stack]! : 0;
    while (count > openAt[depth]!) {
      const node = open[--count]!;
      isOpen[node] = 0;
      cum[node]! += sum - openedAt[count]!;
    }
    if (stack === length) break;
    for (let at = start[stack]!; at < start[stack + 1]!; at++) {
      let node = of[locations[at]!]!;
      if (node >= 0) {
        if (isOpen[node] === 0) {
          isOpen[node] = 1;
          open[count] = node;
          openedAt[count++] = sum;
        }
      } else if (node <= SEVERAL) {
        const list = SEVERAL - node;
        for (let i = list + 1; i <= list + lists[list]!; i++) {
          node = lists[i]!;
          if (node < 0 || isOpen[node] === 1) continue;
          isOpen[node] = 1;
          open[count] = node;
          openedAt[count++] = sum;
        }
      } else if (node === HIDDEN) node = leafAt[depth]!;
      depth++;
      openAt[depth] = count;
      leafAt[depth] = node;
    }
    if (leafAt[depth]! >= 0) flat[leafAt[depth]!]! += sums[stack]!;
    sum += sums[stack]!;
  }
  return [flat, cum];
}

/** Which edges are asked for, by node: those from its callers, those to its callees, or both together. */
export type WantedEdges = Uint8Array;
export const CALLERS = 1;
export const CALLEES = 2;

/** The weight of each edge; of calls that a stack has twice the outermost counts. */
export function sumStackEdges(walk: Walk, values: Float64Array, edges: EdgeRows, wanted: WantedEdges): Float64Array {
  const { length, shared, start, locations, deepest } = walk.stacks.shared();
  const sums = sumsOfStacks(walk, values);
  const { of, lists } = walk.locations();
  const open: number[] = [];
  const openedAt: number[] = [];
  // By depth: how many edges are open, the last node that has not been removed, and whether removed ones came after it.
  const openAt = new Int32Array(deepest + 1);
  const callerAt = new Int32Array(deepest + 1).fill(-1);
  const residualAt = new Uint8Array(deepest + 1);
  let sum = 0;
  for (let stack = 0; stack <= length; stack++) {
    let depth = stack < length ? shared[stack]! : 0;
    while (open.length > openAt[depth]!) edges.close(open.pop()!, sum - openedAt.pop()!);
    if (stack === length) break;
    let caller = callerAt[depth]!;
    let residual = residualAt[depth]!;
    for (let at = start[stack]!; at < start[stack + 1]!; at++) {
      const node = of[locations[at]!]!;
      if (node === REMOVED) residual = RESIDUAL;
      else if (node !== HIDDEN) {
        const list = SEVERAL - node;
        const count = node >= 0 ? 1 : lists[list]!;
        for (let i = 1; i <= count; i++) {
          const callee = node >= 0 ? node : lists[list + i]!;
          if (callee < 0) {
            residual = RESIDUAL;
            continue;
          }
          if (caller >= 0 && caller !== callee && ((wanted[caller]! & CALLEES) | (wanted[callee]! & CALLERS)) !== 0) {
            const edge = edges.open(caller, callee, residual | (i === 1 ? CALLED : 0));
            if (edge >= 0) {
              open.push(edge);
              openedAt.push(sum);
            }
          }
          caller = callee;
          residual = 0;
        }
      }
      depth++;
      openAt[depth] = open.length;
      callerAt[depth] = caller;
      residualAt[depth] = residual;
    }
    sum += sums[stack]!;
  }
  return edges.takeWeights();
}

/** What the samples of each stack are worth. */
function sumsOfStacks({ stacks }: Walk, values: Float64Array): Float64Array {
  const { samples } = stacks;
  const { length, of } = stacks.shared();
  const sums = new Float64Array(length);
  for (let i = 0; i < samples.length; i++) sums[of[i]!]! += values[samples[i]!]!;
  return sums;
}
