// Hot: 6 million paths of 300,000 stacks make a trie in half a second, which then serves every filter. See the shape
// `300,000 stacks` of bench/src/shapes.ts.

import type { StackPaths } from "../stack/stack-rows.ts";
import { type PathEnds, passedRows, type Stacks } from "./call-tree.ts";
import type { FrameTable } from "./frame-table.ts";
import { type FrameTrie, Trie } from "./trie.ts";

/** A trie, and where in it is what it was made of. */
export interface Placed {
  readonly trie: FrameTrie;
  /** A row for each of what was placed. */
  readonly at: Int32Array;
}

/** The frames of what was called, with a row for each path that a stack goes along. */
export function calledTrie(
  ends: Pick<PathEnds, "paths" | "isEnd">,
  { selection, frames }: Stacks,
  isPassed: Uint8Array = passedRows(ends),
): Placed {
  const { parent, location, length } = ends.paths;
  const { start } = selection.frames;
  const { rowOf } = frames;
  const trie = new Trie(Math.max(4096, length));
  const at = new Int32Array(length);
  for (let row = 1; row < length; row++) {
    if (isPassed[row] === 0) continue;
    let node = at[parent[row]!]!;
    const first = start[location[row]!]!;
    for (let i = start[location[row]! + 1]! - 1; i >= first; i--) node = trie.child(node, rowOf[i]!);
    at[row] = node;
  }
  const { trie: ordered, place } = trie.depthFirst();
  for (let row = 0; row < length; row++) at[row] = place[at[row]!]!;
  return { trie: ordered, at };
}

/** Stacks that go along so many of all paths share the trie of all: most of it is theirs. */
const MOST_OF_ALL = 1 / 4;

/** So many are kept: the first of a profile, which mostly is that of it as it is, and the last. Of 300,000 stacks each is 100 MB. */
const KEPT = 2;

/** The frames of all paths of stacks that were taken apart: filters and values mostly leave these as they are. */
export class KnownTrie {
  #samples: Stacks["selection"]["profile"]["samples"] | undefined;
  readonly #known: { readonly paths: StackPaths; readonly frames: FrameTable; readonly called: Placed }[] = [];

  of(ends: PathEnds, stacks: Stacks): Placed {
    const { paths } = ends;
    const { frames, selection } = stacks;
    const isPassed = passedRows(ends);
    let passed = 0;
    for (let row = 0; row < paths.length; row++) passed += isPassed[row]!;
    if (passed < MOST_OF_ALL * paths.length) return calledTrie(ends, stacks, isPassed);
    if (this.#samples !== selection.profile.samples) this.#known.length = 0;
    this.#samples = selection.profile.samples;
    const known = this.#known.find((one) => one.paths === paths && one.frames === frames);
    if (known !== undefined) return known.called;
    this.#known.splice(KEPT - 1);
    const called = calledTrie(ends, stacks, isPassed.fill(1));
    this.#known.push({ paths, frames, called });
    return called;
  }
}
