import type { SharedStacks } from "@pprof-ts/profile";
import { type Selection, sharedOfProfile } from "../stack/selection.ts";
import { sharedStacks, stacksOfTrie } from "../stack/shared-stacks.ts";
import { type StackTrie, stackTrie } from "../stack/stack-paths.ts";
import { type LocationNodes, locationNodes } from "./location-nodes.ts";

/** The samples that count, and their stacks, merged when that is first asked for. */
export class CountedStacks {
  readonly selection: Selection;
  /** Rows of samples. */
  readonly samples: Uint32Array;
  #trie: StackTrie | undefined;
  #shared: SharedStacks | undefined;

  constructor(selection: Selection, samples: Uint32Array) {
    this.selection = selection;
    this.samples = samples;
  }

  /** The stacks merged by what they have in common at the root. */
  trie(): StackTrie {
    this.#trie ??= stackTrie(this.selection, this.samples);
    return this.#trie;
  }

  /** The stacks, each as what it does not share with the one before it. */
  shared(): SharedStacks {
    const isCut = this.selection.paths !== undefined && sharedOfProfile(this.selection) === undefined;
    this.#shared ??= isCut ? stacksOfTrie(this.trie()) : sharedStacks(this.selection, this.samples);
    return this.#shared;
  }
}

/** Stacks read as nodes: each frame stands for a node, or is passed over where its node has been removed. */
export class Walk {
  readonly stacks: CountedStacks;
  /** Each frame's node, or -1 where that node has been removed. */
  readonly nodeOf: Int32Array;
  readonly nodeCount: number;
  #locations: LocationNodes | undefined;

  constructor(stacks: CountedStacks, nodeOf: Int32Array, nodeCount: number) {
    this.stacks = stacks;
    this.nodeOf = nodeOf;
    this.nodeCount = nodeCount;
  }

  /** The nodes of each location, for all that is summed up along the stacks. */
  locations(): LocationNodes {
    this.#locations ??= locationNodes(this.stacks.selection.frames.start, this.nodeOf);
    return this.#locations;
  }
}
