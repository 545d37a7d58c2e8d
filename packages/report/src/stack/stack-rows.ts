// Hot: 900,000 stacks with 41 million frames share 36,000 prefixes; whatever is summed over the trie and not over the
// stacks takes no time. See bench/src/tool.ts and bench/src/pages.ts.
import { KEY, PARENT, PathRows, type PathTrie } from "./path-rows.ts";

/**
 * The stacks of some samples, of which equal beginnings at the root are one row, but for a few. `main;serve;parse` and
 * `main;serve;send` are four rows: `main`, `main;serve` and, behind that, one for each.
 */
export interface StackPaths extends PathTrie {
  /** The row in which the stack of each of the profile's samples ends; 0 for those that are not among the merged ones. */
  readonly leaf: Int32Array;
  /** The labels that are frames around the paths; undefined where none are. */
  readonly labels?: LabelFrames;
}

/**
 * Labels as frames: for each label key a column, by sample, of the location that stands for its value, -1 where there is
 * none. The first key is the outermost.
 */
export interface LabelFrames {
  readonly above: readonly Int32Array[];
  readonly below: readonly Int32Array[];
  /** The paths with these locations in them, and no labels around. */
  readonly merged: () => StackPaths;
  /** Made when first asked for, and kept. */
  readonly groups: () => LabelGroups;
}

/** Samples grouped by their labels: those of a group have the same in all columns. */
export interface LabelGroups {
  /** By sample, the number of its group. */
  readonly of: Int32Array;
  /** By group, one of its samples. */
  readonly sample: readonly number[];
}

/** The same stacks with nothing around the paths. */
export function withLabelsMerged(paths: StackPaths): StackPaths {
  return paths.labels === undefined ? paths : paths.labels.merged();
}

/** The paths of whole stacks, while they grow. */
export class StackRows extends PathRows {
  /** A hash table of whole stacks, for most samples repeat one. A slot is two numbers: the row that the stack ends in plus 1 (0: empty), and its hash. */
  #known = new Int32Array(2 * 8192);
  #knownCount = 0;

  /**
   * The row of the stack between these two places. A stack that was there before is recognised by its hash and then
   * compared with the path upwards: of 900,000 stacks the different ones fill 6 MB, their paths 0.3 MB, which stays in
   * the cache.
   */
  row(stacks: Uint32Array, first: number, end: number): number {
    let hash = end - first;
    for (let at = first; at < end; at++) hash = Math.imul((hash ^ stacks[at]!) + (hash >>> 15), 0x9e3779b1);
    const known = this.#known;
    const { rows } = this;
    const mask = (known.length >> 1) - 1;
    let slot = (hash ^ (hash >>> 16)) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const leaf = known[2 * slot]! - 1;
      if (leaf < 0) break;
      if (known[2 * slot + 1] !== hash) continue;
      let row = leaf;
      let at = first;
      while (at < end && rows[4 * row + KEY] === stacks[at]) {
        row = rows[4 * row + PARENT]!;
        at++;
      }
      if (at === end && row === 0) return leaf;
    }
    let row = 0;
    for (let at = end - 1; at >= first; at--) row = this.child(row, stacks[at]!);
    known[2 * slot] = row + 1;
    known[2 * slot + 1] = hash;
    if (++this.#knownCount * 4 > known.length) this.#moreKnown();
    return row;
  }

  /** The paths of all samples, where each stack ends in the row that `row` gave for it. */
  finish(leaf: Int32Array): StackPaths {
    const { trie, place } = this.depthFirst();
    return { ...trie, leaf: leaf.map((row) => place[row]!) };
  }

  #moreKnown(): void {
    const before = this.#known;
    const known = new Int32Array(before.length * 4);
    const mask = (known.length >> 1) - 1;
    for (let i = 0; i < before.length; i += 2) {
      if (before[i] === 0) continue;
      const hash = before[i + 1]!;
      let slot = (hash ^ (hash >>> 16)) & mask;
      while (known[2 * slot] !== 0) slot = (slot + 1) & mask;
      known[2 * slot] = before[i]!;
      known[2 * slot + 1] = hash;
    }
    this.#known = known;
  }
}
