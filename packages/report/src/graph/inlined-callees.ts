import { CALLERS, type WantedEdges } from "./edge-rows.ts";
import type { SampleValues } from "./graph.ts";
import { SEVERAL } from "./location-nodes.ts";
import type { WalkSums } from "./node-sums.ts";
import type { Walk } from "./walk.ts";

/**
 * The nodes into which there may be a call that is always inlined and weighs `cutoff` or more: it stands in locations
 * alone, so it weighs no more than all stacks that have one of those. Undefined where there are none. `walk` goes over all
 * nodes, and the sums are theirs.
 */
export function inlinedCallees(
  walk: Walk,
  { several }: WalkSums,
  { values: { numbers } }: SampleValues,
  cutoff: bigint,
): WantedEdges | undefined {
  const { of, lists } = walk.locations();
  // Where some values make others less, what a call weighs says nothing of what its locations do.
  const isBounded = several.exact === undefined && walk.stacks.samples.every((sample) => numbers[sample]! >= 0);
  const isInlined = new Uint8Array(walk.nodeCount);
  const most = new Float64Array(walk.nodeCount);
  for (const node of of) {
    const list = SEVERAL - node;
    if (list < 0) continue;
    // The outermost is called from somewhere else.
    for (let place = list + 2; place <= list + lists[list]!; place++) {
      isInlined[lists[place]!] = 1;
      most[lists[place]!]! += several.numbers[list]!;
    }
  }
  const least = Number(cutoff);
  const wanted = isInlined.map((inlined, node) => (inlined === 1 && !(isBounded && most[node]! < least) ? CALLERS : 0));
  return wanted.includes(CALLERS) ? wanted : undefined;
}
