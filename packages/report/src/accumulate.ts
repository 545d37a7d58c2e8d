// Hot: these loops see every frame of every sample, 24 million in a profile of 100 MB; see bench/src/report.ts.
import { exactColumn, type Int64Column } from "./int64.ts";
import { grown, PairTable } from "./pair-table.ts";
import type { Selection } from "./selection.ts";

/** Stacks as sequences of nodes: what the sums are made over. */
export interface Walk {
  readonly selection: Selection;
  /** The samples that count, as rows. */
  readonly samples: Uint32Array;
  /** Each frame's node, or -1 where that node has been removed. */
  readonly nodeOf: Int32Array;
  readonly nodeCount: number;
}

/** What each node has by itself, and with all that it calls; recursion counts once. */
export interface NodeSums {
  readonly flat: Int64Column;
  readonly cum: Int64Column;
}

/** One row a pair of nodes of which the first calls the second, in the order in which they are found. */
export interface Edges {
  readonly length: number;
  readonly src: Int32Array;
  readonly dst: Int32Array;
  readonly weight: Int64Column;
  /** What `weight` is to be divided by for a mean. */
  readonly divisor: Int64Column | undefined;
  /** 1 where the call goes by way of nodes that have been removed. */
  readonly residual: Uint8Array;
  /** 1 where every one of these calls has been inlined. */
  readonly inline: Uint8Array;
}

export function sumNodes(walk: Walk, values: Int64Column): NodeSums {
  const [flat, cum] = inParts(values, (part) => nodeKernel(walk, part));
  return { flat: flat!, cum: cum! };
}

export function sumEdges(walk: Walk, values: Int64Column, divisors: Int64Column | undefined): Edges {
  const table = new PairTable();
  const flags = new EdgeFlags();
  const [weight] = inParts(values, (part) => [edgeKernel(walk, part, table, flags)]);
  const divisor = divisors && inParts(divisors, (part) => [edgeKernel(walk, part, table, flags)])[0];
  const { length } = table;
  return {
    length,
    src: table.first.slice(0, length),
    dst: table.second.slice(0, length),
    weight: weight!,
    divisor,
    residual: flags.residual.slice(0, length),
    inline: flags.called.slice(0, length).map((called) => 1 - called),
  };
}

/**
 * Sums of a column by a kernel that adds doubles. Where those could lose bits the kernel runs over three parts of each
 * value, 22 bits wide, and the sums are put together as int64s: adding is linear.
 */
function inParts(values: Int64Column, kernel: (part: Float64Array) => Float64Array[]): Int64Column[] {
  const { numbers, exact } = values;
  if (exact === undefined) return kernel(numbers).map((sums) => ({ numbers: sums, exact: undefined }));
  const low = new Float64Array(exact.length);
  const middle = new Float64Array(exact.length);
  const high = new Float64Array(exact.length);
  for (let i = 0; i < exact.length; i++) {
    low[i] = Number(exact[i]! & 0x3fffffn);
    middle[i] = Number((exact[i]! >> 22n) & 0x3fffffn);
    high[i] = Number(exact[i]! >> 44n);
  }
  const parts = [low, middle, high].map(kernel);
  return parts[0]!.map((_, k) => {
    const [lows, middles, highs] = parts.map((sums) => sums[k]!) as [Float64Array, Float64Array, Float64Array];
    const whole = new BigInt64Array(lows.length);
    for (let i = 0; i < whole.length; i++) {
      whole[i] = BigInt(lows[i]!) + (BigInt(middles[i]!) << 22n) + (BigInt(highs[i]!) << 44n);
    }
    return exactColumn(whole);
  });
}

/** The node of each location with exactly one frame, -1 where it has been removed; MANY for all other locations. */
function nodeOfLocation({ selection, nodeOf }: Walk): Int32Array {
  const { start } = selection.frames;
  const single = new Int32Array(start.length - 1);
  for (let location = 0; location < single.length; location++) {
    const first = start[location]!;
    single[location] = start[location + 1]! - first === 1 ? nodeOf[first]! : MANY;
  }
  return single;
}

const MANY = -2;

function nodeKernel(walk: Walk, values: Float64Array): Float64Array[] {
  const { selection, samples, nodeOf, nodeCount } = walk;
  const { stackStart, stackEnd } = selection;
  const { start } = selection.frames;
  const stacks = selection.profile.samples.locations;
  const single = nodeOfLocation(walk);
  const flat = new Float64Array(nodeCount);
  const cum = new Float64Array(nodeCount);
  // The number of the last sample in which a node was seen, counted from 1.
  const seen = new Int32Array(nodeCount);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const value = values[sample]!;
    const end = stackEnd[sample]!;
    let leaf = MANY;
    for (let at = stackStart[sample]!; at < end; at++) {
      const location = stacks[at]!;
      const node = single[location]!;
      if (node !== MANY) {
        if (leaf === MANY) leaf = node;
        if (node >= 0 && seen[node] !== i + 1) {
          seen[node] = i + 1;
          cum[node] = cum[node]! + value;
        }
        continue;
      }
      const last = start[location + 1]!;
      for (let frame = start[location]!; frame < last; frame++) {
        const node = nodeOf[frame]!;
        if (leaf === MANY) leaf = node;
        if (node >= 0 && seen[node] !== i + 1) {
          seen[node] = i + 1;
          cum[node] = cum[node]! + value;
        }
      }
    }
    if (leaf >= 0) flat[leaf] = flat[leaf]! + value;
  }
  return [flat, cum];
}

/** By edge: 1 where it goes past removed nodes, 1 where some call of it is not inlined. */
class EdgeFlags {
  residual: Uint8Array = new Uint8Array(1024);
  called: Uint8Array = new Uint8Array(1024);
}

function edgeKernel(walk: Walk, values: Float64Array, table: PairTable, flags: EdgeFlags): Float64Array {
  const { selection, samples, nodeOf } = walk;
  const { stackStart, stackEnd } = selection;
  const { start } = selection.frames;
  const stacks = selection.profile.samples.locations;
  const single = nodeOfLocation(walk);
  let { residual, called } = flags;
  let weight = new Float64Array(residual.length);
  let seen = new Int32Array(residual.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const value = values[sample]!;
    const first = stackStart[sample]!;
    let parent = -1;
    let skipped = 0;
    for (let at = stackEnd[sample]! - 1; at >= first; at--) {
      const location = stacks[at]!;
      let node = single[location]!;
      // One turn for a location with one frame, else one for each frame, outermost first.
      const firstFrame = start[location]!;
      const lastFrame = start[location + 1]! - 1;
      let frame = node === MANY ? lastFrame : firstFrame;
      for (; frame >= firstFrame; frame--) {
        if (lastFrame !== firstFrame) node = nodeOf[frame]!;
        if (node < 0) {
          skipped = 1;
          continue;
        }
        if (parent >= 0 && node !== parent) {
          const edge = table.row(parent, node);
          if (edge >= weight.length) {
            weight = grown(weight, new Float64Array(weight.length * 2));
            seen = grown(seen, new Int32Array(weight.length));
            residual = grown(residual, new Uint8Array(weight.length));
            called = grown(called, new Uint8Array(weight.length));
          }
          if (seen[edge] !== i + 1) {
            seen[edge] = i + 1;
            weight[edge] = weight[edge]! + value;
            if (skipped === 1) residual[edge] = 1;
            if (frame === lastFrame) called[edge] = 1;
          }
        }
        parent = node;
        skipped = 0;
      }
    }
  }
  flags.residual = residual;
  flags.called = called;
  return weight.slice(0, table.length);
}
