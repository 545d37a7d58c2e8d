// Hot: sees each location that a stack does not share with the one before it: 5 million of 28 million in the worst 100 MB,
// in 0.1 s. See bench/src/tool.ts.
import { grown } from "../stack/grown.ts";
import { CALLED, type EdgeRows, RESIDUAL } from "./edge-rows.ts";
import { HIDDEN, REMOVED, SEVERAL } from "./location-nodes.ts";
import type { Walk } from "./walk.ts";

/**
 * Flat and cum of each node, and what the stacks with each location of several nodes are worth, by its place in `lists`;
 * recursion counts once. A node is opened where the stacks begin to have it and closed where
 * they no longer do: what was summed up in between is its cum.
 */
export function sumStackNodes(walk: Walk, values: Float64Array): Float64Array[] {
  const { stacks, nodeCount } = walk;
  const { length, shared, start, locations, deepest } = stacks.shared();
  const sums = sumsOfStacks(walk, values);
  const { of, lists } = walk.locations();
  const flat = new Float64Array(nodeCount);
  // Behind the nodes the locations of several.
  const all = nodeCount + lists.length;
  const cum = new Float64Array(all);
  const isOpen = new Uint8Array(all);
  // One more, for one that turns out to be open already.
  const open = new Int32Array(all + 1);
  const openedAt = new Float64Array(all + 1);
  // By depth: how many nodes are open, and the innermost node, whether it has been removed or not.
  const openAt = new Int32Array(deepest + 1);
  const leafAt = new Int32Array(deepest + 1).fill(REMOVED);
  // Of the stack at hand.
  const nodes = new Int32Array(deepest);
  let count = 0;
  let sum = 0;
  for (let stack = 0; stack <= length; stack++) {
    let depth = stack < length ? shared[stack]! : 0;
    for (const until = openAt[depth]!; count > until; ) {
      const node = open[--count]!;
      isOpen[node] = 0;
      cum[node]! += sum - openedAt[count]!;
    }
    if (stack === length) break;
    const first = start[stack]!;
    const size = start[stack + 1]! - first;
    // By itself, so that the processor waits for several of them at a time.
    for (let i = 0; i < size; i++) nodes[i] = of[locations[first + i]!]!;
    for (let at = 0; at < size; at++) {
      let node = nodes[at]!;
      if (node >= 0) {
        open[count] = node;
        openedAt[count] = sum;
        // Whether it is new would be guessed wrong too often to be a condition.
        count += 1 - isOpen[node]!;
        isOpen[node] = 1;
      } else if (node <= SEVERAL) {
        const list = SEVERAL - node;
        const last = list + lists[list]!;
        open[count] = nodeCount + list;
        openedAt[count] = sum;
        count += 1 - isOpen[nodeCount + list]!;
        isOpen[nodeCount + list] = 1;
        for (let i = list + 1; i <= last; i++) {
          node = lists[i]!;
          if (node < 0) continue;
          open[count] = node;
          openedAt[count] = sum;
          count += 1 - isOpen[node]!;
          isOpen[node] = 1;
        }
      } else if (node === HIDDEN) node = leafAt[depth]!;
      depth++;
      openAt[depth] = count;
      leafAt[depth] = node;
    }
    if (leafAt[depth]! >= 0) flat[leafAt[depth]!]! += sums[stack]!;
    sum += sums[stack]!;
  }
  return [flat, cum.subarray(0, nodeCount), cum.subarray(nodeCount)];
}

/** The weight of each edge; of calls that a stack has twice the outermost counts. */
export function sumStackEdges(walk: Walk, values: Float64Array, edges: EdgeRows): Float64Array {
  const { length, shared, start, locations, deepest } = walk.stacks.shared();
  const sums = sumsOfStacks(walk, values);
  /** What all stacks before each are worth. */
  const before = new Float64Array(length + 1);
  for (let stack = 0; stack < length; stack++) before[stack + 1] = before[stack]! + sums[stack]!;
  const { of, lists } = walk.locations();
  let open = new Int32Array(deepest + 1);
  // By depth: how many edges are open, the last node that has not been removed, and whether removed nodes came after it.
  const openAt = new Int32Array(deepest + 1);
  const callerAt = new Int32Array(deepest + 1).fill(-1);
  const residualAt = new Uint8Array(deepest + 1);
  // Of the stack at hand.
  const nodes = new Int32Array(deepest);
  let count = 0;
  for (let stack = 0; stack < length; stack++) {
    let depth = shared[stack]!;
    for (const until = openAt[depth]!; count > until; ) edges.close(open[--count]!, stack);
    if (edges.isFull) edges.addUp(before, stack, open, count);
    let caller = callerAt[depth]!;
    let residual = residualAt[depth]!;
    const first = start[stack]!;
    const size = start[stack + 1]! - first;
    // By itself, so that the processor waits for several of them at a time.
    for (let i = 0; i < size; i++) nodes[i] = of[locations[first + i]!]!;
    for (let at = 0; at < size; at++) {
      const node = nodes[at]!;
      const inlined = node <= SEVERAL ? lists[SEVERAL - node]! : 1;
      if (count + inlined > open.length) open = grown(open, new Int32Array(2 * (count + inlined)));
      if (node >= 0) {
        if (caller >= 0) {
          open[count] = edges.open(caller, node, residual | CALLED, stack);
          // Whether it is an edge would be guessed wrong too often to be a condition.
          count += 1 + (open[count]! >> 31);
        }
        caller = node;
        residual = 0;
      } else if (node === REMOVED) residual = RESIDUAL;
      else if (node !== HIDDEN) {
        const list = SEVERAL - node;
        for (let i = 1; i <= inlined; i++) {
          const callee = lists[list + i]!;
          if (callee < 0) residual = RESIDUAL;
          else {
            if (caller >= 0) {
              open[count] = edges.open(caller, callee, i === 1 ? residual | CALLED : residual, stack);
              count += 1 + (open[count]! >> 31);
            }
            caller = callee;
            residual = 0;
          }
        }
      }
      depth++;
      openAt[depth] = count;
      callerAt[depth] = caller;
      residualAt[depth] = residual;
    }
  }
  edges.addUp(before, length, open, count);
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
