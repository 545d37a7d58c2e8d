import { ProfileError } from "../../error.ts";
import type { Profile } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import { array, integer, isObject, type JsonObject, list, number, object, shown } from "../build/json.ts";
import { addSampledTree, type SampledTree } from "../build/sampled-tree.ts";
import { type CallFrame, parseCallFrame } from "../build/script-frames.ts";
import { SymbolSamples } from "../build/symbol-samples.ts";

const HEAD = /^\s*\{\s*"(?:typeId|title|nodes|head|startTime|endTime|samples|timeDeltas)"\s*:/;

export function isCpuProfile(input: Input): boolean {
  if (!HEAD.test(input.head)) return false;
  const json = input.json();
  if (!isObject(json)) return false;
  return (Array.isArray(json.nodes) && "startTime" in json) || (isObject(json.head) && "hitCount" in json.head);
}

/** Reads V8's `.cpuprofile`, of today (nodes) and of before 2017 (a tree). */
export function readCpuProfile(input: Input): Profile {
  const tree = cpuProfileTree(object(input.json(), "the CPU profile"));
  const micros = tree.deltas.reduce((sum, delta) => sum + Math.max(delta, 0), 0);
  const hits = tree.counts?.reduce((sum, count) => sum + count, 0) ?? tree.samples.length;
  const out = new SymbolSamples(
    {
      ...CPU_TYPES,
      period: Math.round((micros * 1000) / Math.max(hits, 1)),
      durationNanos: Math.round(micros * 1000),
    },
    input.stackBytes,
  );
  addSampledTree(out, tree, input.timestamps);
  return out.build();
}

/** What a sampling profiler of V8 measures. */
export const CPU_TYPES = {
  sampleTypes: [
    { type: "samples", unit: "count" },
    { type: "cpu", unit: "nanoseconds" },
  ],
  periodType: { type: "cpu", unit: "nanoseconds" },
} as const;

/** How often a node was on top, and at which lines. */
interface Ticks {
  readonly hits: number;
  readonly lines: readonly { readonly line: number; readonly ticks: number }[];
}

/** The tree and samples of a `.cpuprofile`'s JSON. */
export function cpuProfileTree(json: JsonObject): SampledTree {
  const nodes = json.nodes === undefined ? flatten(object(json.head, "head")) : array(json.nodes, "nodes");
  const rowOf = new Map<number, number>();
  const frames: CallFrame[] = [];
  const ticks: Ticks[] = [];
  nodes.forEach((value, row) => {
    const node = object(value, `node ${row}`);
    rowOf.set(integer(node.id, `id of node ${row}`), row);
    frames.push(parseCallFrame(node.callFrame, `callFrame of node ${row}`));
    ticks.push({
      hits: integer(node.hitCount ?? 0, `hitCount of node ${row}`),
      lines: list(node.positionTicks, `positionTicks of node ${row}`).map((tick) => {
        const { line, ticks } = object(tick, "a position tick");
        return { line: integer(line, "line of a position tick"), ticks: integer(ticks, "ticks of a position tick") };
      }),
    });
  });
  const find = (id: unknown, what: string): number => {
    const row = rowOf.get(integer(id, what));
    if (row === undefined)
      throw new ProfileError(`malformed profile: ${what} is node ${shown(id)}, which is not there`);
    return row;
  };
  const parent = new Array<number>(nodes.length).fill(-1);
  nodes.forEach((value, row) => {
    for (const id of list((value as JsonObject).children, `children of node ${row}`)) {
      // What tools cut out of a profile may still be named in it.
      const child = rowOf.get(integer(id, `a child of node ${row}`));
      if (child !== undefined) parent[child] = row;
    }
    const up = (value as JsonObject).parent;
    if (up !== undefined) parent[row] = find(up, `parent of node ${row}`);
  });
  const startTime = number(json.startTime ?? 0, "startTime");
  const samples = list(json.samples, "samples").map((id) => find(id, "a sample"));
  if (samples.length === 0) return { ...hitCounts(json, ticks, startTime), frames, parent, startTime };
  return { frames, parent, samples, deltas: deltas(json, startTime), lines: dealLines(samples, ticks), startTime };
}

/** The nodes of a tree written as one object in the other. */
function flatten(head: JsonObject): JsonObject[] {
  const nodes: JsonObject[] = [];
  const open: { readonly node: JsonObject; readonly parent: number | undefined }[] = [
    { node: head, parent: undefined },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, parent } = next;
    const id = integer(node.id, "id of a node");
    // Before 2017 the frame's members stood in the node, and lines counted from 1.
    const callFrame = node.callFrame ?? {
      ...node,
      lineNumber: number(node.lineNumber ?? 0, "lineNumber") - 1,
      columnNumber: number(node.columnNumber ?? 0, "columnNumber") - 1,
    };
    nodes.push({ ...node, id, callFrame, children: [], ...(parent === undefined ? {} : { parent }) });
    for (const child of list(node.children, "children")) open.push({ node: object(child, "a node"), parent: id });
  }
  return nodes;
}

/** The time before each sample; older profiles have its timestamp instead. */
function deltas(json: JsonObject, startTime: number): number[] {
  if (json.timestamps === undefined)
    return list(json.timeDeltas, "timeDeltas").map((delta) => number(delta, "a delta"));
  let last = startTime > 1e9 ? startTime : startTime * 1e6;
  return array(json.timestamps, "timestamps").map((value) => {
    const before = last;
    last = number(value, "a timestamp");
    return last - before;
  });
}

/** A profile without samples has only how often each node was hit: every hit stands for the same time. */
function hitCounts(
  json: JsonObject,
  ticks: readonly Ticks[],
  startTime: number,
): Pick<SampledTree, "samples" | "deltas" | "lines" | "counts"> {
  const total = ticks.reduce((sum, { hits }) => sum + Math.max(hits, 0), 0);
  const micros = (number(json.endTime ?? 0, "endTime") - startTime) * (json.nodes === undefined ? 1e6 : 1);
  const samples: number[] = [];
  const lines: number[] = [];
  const counts: number[] = [];
  const add = (node: number, line: number, count: number): void => {
    if (count <= 0) return;
    samples.push(node);
    lines.push(line);
    counts.push(count);
  };
  ticks.forEach(({ hits, lines: ticked }, node) => {
    let hitsLeft = hits;
    let ticksLeft = ticked.reduce((sum, { ticks }) => sum + ticks, 0);
    for (const { line, ticks } of ticked) {
      const count = ticksLeft > 0 ? Math.round((hitsLeft * ticks) / ticksLeft) : 0;
      ticksLeft -= ticks;
      hitsLeft -= count;
      add(node, line, count);
    }
    add(node, 0, hitsLeft);
  });
  return { samples, deltas: counts.map((count) => (micros * count) / total), lines, counts };
}

/**
 * A line for each sample. V8 counts lines for each node over the whole profile, not for each sample: they are dealt to the
 * node's samples in their order, each its share.
 */
function dealLines(samples: readonly number[], ticks: readonly Ticks[]): number[] {
  const sampled = new Int32Array(ticks.length);
  for (const node of samples) sampled[node]!++;
  const ticked = ticks.map(({ lines }) => lines.reduce((sum, tick) => sum + tick.ticks, 0));
  const at = new Int32Array(ticks.length);
  const given = new Float64Array(ticks.length);
  return samples.map((node) => {
    const { lines } = ticks[node]!;
    const line = lines[at[node]!];
    if (line === undefined) return 0;
    given[node]! += ticked[node]! / sampled[node]!;
    if (given[node]! + 1e-9 >= line.ticks && at[node]! < lines.length - 1) {
      given[node]! -= line.ticks;
      at[node]!++;
    }
    return line.line;
  });
}
