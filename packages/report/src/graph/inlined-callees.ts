import { PairTable } from "../stack/pair-table.ts";
import { CALLERS, type WantedEdges } from "./edge-rows.ts";
import type { SampleValues } from "./graph.ts";
import { SEVERAL } from "./location-nodes.ts";
import type { WalkSums } from "./node-sums.ts";
import type { Walk } from "./walk.ts";

/** Sees a node that is inlined in a location, the node that calls it there or -1 where that is none or has been removed, and the location's place in `lists`. */
type SeeInlined = (callee: number, caller: number, list: number) => void;

/**
 * The nodes into which there may be a call that is always inlined and weighs `cutoff` or more: it stands in locations
 * alone, so it weighs no more than all stacks that have one of those. Undefined where there are none. `walk` goes over all
 * nodes, and the sums are theirs; `kept` has a 1 for each that has not been removed since.
 */
export function inlinedCallees(
  walk: Walk,
  { several }: WalkSums,
  { values: { numbers } }: SampleValues,
  cutoff: bigint,
  kept: Uint8Array | undefined,
): WantedEdges | undefined {
  const { of, lists } = walk.locations();
  const each = (see: SeeInlined): void => {
    for (const node of of) {
      const list = SEVERAL - node;
      if (list >= 0) eachInlined(lists, list, kept, see);
    }
  };
  const least = Number(cutoff);
  const wanted = new Uint8Array(walk.nodeCount);
  // Where some values make others less, what a call weighs says nothing of what its locations do.
  if (several.exact !== undefined || walk.stacks.samples.some((sample) => numbers[sample]! < 0)) {
    each((callee) => {
      wanted[callee] = CALLERS;
    });
  } else {
    const weights = several.numbers;
    // By node, what locations have into which something has inlined it, and those where what called it has been removed:
    // then it is called by something else, of another location or of the same.
    const within = new Float64Array(walk.nodeCount);
    const past = new Float64Array(walk.nodeCount);
    each((callee, caller, list) => {
      (caller < 0 ? past : within)[callee]! += weights[list]!;
    });
    const pairs = new PairTable();
    const most: number[] = [];
    each((callee, caller, list) => {
      if (past[callee]! >= least) wanted[callee] = CALLERS;
      // Most that are inlined are so seldom that no call of them can be large.
      if (caller < 0 || past[callee]! + within[callee]! < least) return;
      const pair = pairs.row(caller, callee);
      most[pair] = (pair < most.length ? most[pair]! : past[callee]!) + weights[list]!;
      if (most[pair]! >= least) wanted[callee] = CALLERS;
    });
  }
  return wanted.includes(CALLERS) ? wanted : undefined;
}

/** Goes over the nodes of a location but the outermost, which is called from somewhere else. */
function eachInlined(lists: Int32Array, list: number, kept: Uint8Array | undefined, see: SeeInlined): void {
  let caller = -1;
  for (let place = list + 1; place <= list + lists[list]!; place++) {
    const callee = lists[place]!;
    if (kept !== undefined && kept[callee] === 0) continue;
    if (place > list + 1 && callee !== caller) see(callee, caller, list);
    caller = callee;
  }
}
