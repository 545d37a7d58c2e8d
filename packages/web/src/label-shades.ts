import type { Analysis, CallTree, PartialTrees } from "@pprof-ts/report";
import { treesOf, type View, viewOf } from "./flame-answer.ts";
import type { PictureFrames } from "./frame-columns.ts";
import type { LabelShades } from "./protocol.ts";
import type { Query } from "./state.ts";

/** So many values of a label have a colour of their own; the others share one. */
const VALUES = 12;
/** The number of boxes without the label. */
export const NO_LABEL = 0xffff;

/** For each box of a flame graph, the value of a label that most of it has. */
export function labelShades(analysis: Analysis, query: Query, key: string, known: PictureFrames): LabelShades {
  const { selection, values: worth } = analysis;
  const frames = known.table(analysis);
  const trees = treesOf(analysis, frames, query);
  const { of, values } = valuesOf(analysis, key);
  const numbers = worth.values.numbers;
  const shade = (tree: CallTree, leaves: Int32Array): Uint16Array => {
    const most = new Float64Array(tree.length);
    const shades = new Uint16Array(tree.length).fill(NO_LABEL);
    for (let value = -1; value < values.length; value++) {
      const sums = new Float64Array(tree.length);
      for (const sample of selection.samples)
        if (of[sample] === value && leaves[sample]! >= 0) sums[leaves[sample]!]! += Math.abs(numbers[sample]!);
      for (let node = tree.length - 1; node >= 0; node--) {
        if (node > 0) sums[tree.parent[node]!]! += sums[node]!;
        if (sums[node]! <= most[node]!) continue;
        most[node] = sums[node]!;
        shades[node] = value < 0 ? NO_LABEL : value;
      }
    }
    return shades;
  };
  const { leaves, callerLeaves } = leavesOf(trees, viewOf(analysis, frames, query), analysis, frames.rowOf);
  return {
    values,
    tree: shade(trees.tree, leaves),
    callers: trees.callers && shade(trees.callers, callerLeaves),
  };
}

/** Each sample's value of a label as a row of `values`, -1 where it has none; of many values the last row is the rest. */
function valuesOf({ selection, values, profile }: Analysis, key: string): { of: Int32Array; values: string[] } {
  const { labelStart, labels, length } = profile.samples;
  const row = profile.strings.rowOf(key);
  const text = (sample: number): string | undefined => {
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++) {
      if (labels.key[label] !== row) continue;
      const number = `${labels.num[label]}${profile.strings.get(labels.numUnit[label]!)}`;
      return labels.str[label] === 0 ? number : profile.strings.get(labels.str[label]!);
    }
    return undefined;
  };
  const sums = new Map<string, number>();
  for (const sample of selection.samples) {
    const name = text(sample);
    if (name !== undefined) sums.set(name, (sums.get(name) ?? 0) + Math.abs(values.values.numbers[sample]!));
  }
  const names = [...sums].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  const rows = new Map(names.map((name, i) => [name, Math.min(i, VALUES)]));
  const of = new Int32Array(length).fill(-1);
  for (const sample of selection.samples) of[sample] = rows.get(text(sample) ?? "") ?? -1;
  const rest = names.length - VALUES;
  return { of, values: rest > 0 ? [...names.slice(0, VALUES), `${rest} others`] : names };
}

/** The node of a tree that each sample's stack ends at, as far as the tree is made; -1 for those that are not in it. */
function leavesOf(
  { tree, callers }: PartialTrees,
  view: View,
  { selection }: Analysis,
  rowOf: Uint32Array,
): { readonly leaves: Int32Array; readonly callerLeaves: Int32Array } {
  const { samples, stackStart, stackEnd, profile } = selection;
  const { locations } = profile.samples;
  const { start } = selection.frames;
  const leaves = new Int32Array(profile.samples.length).fill(-1);
  const callerLeaves = new Int32Array(callers === undefined ? 0 : profile.samples.length).fill(-1);
  const down = new Steps(tree);
  const up = callers && new Steps(callers);
  const stack: number[] = [];
  const isPivot = typeof view === "string" ? undefined : view;
  for (const sample of samples) {
    stack.length = 0;
    let pivot = isPivot === undefined ? 0 : -1;
    for (let i = stackEnd[sample]! - 1; i >= stackStart[sample]!; i--) {
      const location = locations[i]!;
      for (let k = start[location + 1]! - 1; k >= start[location]!; k--) {
        if (pivot < 0 && isPivot?.[rowOf[k]!] === 1) pivot = stack.length;
        stack.push(rowOf[k]!);
      }
    }
    if (pivot < 0) continue;
    leaves[sample] = view === "leaves" ? down.along(stack, stack.length - 1, -1) : down.along(stack, pivot, 1);
    if (up !== undefined) callerLeaves[sample] = up.along(stack, pivot, -1);
  }
  return { leaves, callerLeaves };
}

/** Ways down a tree; the children of wide nodes are looked up and not walked along. */
class Steps {
  readonly #tree: CallTree;
  readonly #wide = new Map<number, Map<number, number>>();

  constructor(tree: CallTree) {
    this.#tree = tree;
  }

  /** The node that a stack leads to from one of its frames on, as far as the tree goes. */
  along(stack: readonly number[], from: number, step: number): number {
    let node = 0;
    for (let i = from; i >= 0 && i < stack.length; i += step) {
      const next = this.#child(node, stack[i]!);
      if (next < 0) break;
      node = next;
    }
    return node;
  }

  #child(node: number, frame: number): number {
    const { firstChild, frame: frames } = this.#tree;
    const first = firstChild[node]!;
    const end = firstChild[node + 1]!;
    if (end - first > 16) return this.#childrenOf(node).get(frame) ?? -1;
    for (let child = first; child < end; child++) if (frames[child] === frame) return child;
    return -1;
  }

  #childrenOf(node: number): Map<number, number> {
    let children = this.#wide.get(node);
    if (children === undefined) {
      const { firstChild, frame } = this.#tree;
      children = new Map();
      for (let child = firstChild[node]!; child < firstChild[node + 1]!; child++) children.set(frame[child]!, child);
      this.#wide.set(node, children);
    }
    return children;
  }
}
