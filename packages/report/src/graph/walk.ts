import { type DistinctStacks, distinctStacks } from "../stack/distinct-stacks.ts";
import type { Selection } from "../stack/selection.ts";
import { type StackTrie, stackTrie } from "../stack/stack-paths.ts";

/** The samples that count, and their stacks, merged when that is first asked for. */
export class CountedStacks {
  readonly selection: Selection;
  /** Rows of samples. */
  readonly samples: Uint32Array;
  #trie: StackTrie | undefined;
  #distinct: DistinctStacks | undefined;

  constructor(selection: Selection, samples: Uint32Array) {
    this.selection = selection;
    this.samples = samples;
  }

  /** The stacks merged by what they have in common at the root. */
  trie(): StackTrie {
    this.#trie ??= stackTrie(this.selection, this.samples);
    return this.#trie;
  }

  /** The stacks, equal ones once. */
  distinct(): DistinctStacks {
    this.#distinct ??= distinctStacks(this.selection, this.samples);
    return this.#distinct;
  }
}

/** Stacks read as nodes: each frame stands for a node, or is passed over where its node has been removed. */
export interface Walk {
  readonly stacks: CountedStacks;
  /** Each frame's node, or -1 where that node has been removed. */
  readonly nodeOf: Int32Array;
  readonly nodeCount: number;
}

/** Stands for a location all of whose nodes have been removed. */
export const REMOVED = -1;
/** Stands for a location without frames, as if it were not there. */
export const HIDDEN = -2;
/** Stands for a location with several frames, at least one of which has a node. */
export const SEVERAL = -3;

/** By location, its one node, or what it has in place of one. */
export function nodeOfLocations({ stacks, nodeOf }: Walk): Int32Array {
  const { start } = stacks.selection.frames;
  const nodes = new Int32Array(start.length - 1);
  for (let location = 0; location < nodes.length; location++) {
    const first = start[location]!;
    const end = start[location + 1]!;
    let node = end === first ? HIDDEN : nodeOf[first]!;
    for (let frame = first + 1; frame < end; frame++) if (node >= 0 || nodeOf[frame]! >= 0) node = SEVERAL;
    nodes[location] = node;
  }
  return nodes;
}
