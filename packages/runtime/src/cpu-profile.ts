import type { LabelFields, ProfileBuilder } from "@pprof-ts/profile";
import type { CallFrame, Frames } from "./frames.ts";

/** A CPU profile as V8 gives it; times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly CpuProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  /** A node id for each sample, and the time since the one before it. */
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

interface CpuProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
  /** At which lines (from 1) samples found the node on top. */
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

/** What V8 calls the time in which a thread waits for its event loop. */
const IDLE = "(idle)";

export interface CpuSampleOptions {
  /** Samples before this time, of V8's clock, are left out. */
  readonly fromMicros?: number | undefined;
  /** When the profile began: then each sample stands by itself, with a label for its time. */
  readonly timeNanos?: bigint | undefined;
}

/** Adds a thread's samples: a count and nanoseconds each, weighted by time, for signals get lost while V8 collects garbage. */
export function addCpuSamples(
  builder: ProfileBuilder,
  frames: Frames,
  profile: CpuProfile,
  labels: readonly LabelFields[],
  { fromMicros = 0, timeNanos }: CpuSampleOptions = {},
): void {
  const { nodes, samples = [], timeDeltas = [] } = profile;
  const rowOf = new Map(nodes.map(({ id }, row) => [id, row]));
  const parent = new Int32Array(nodes.length).fill(-1);
  nodes.forEach((node, row) => {
    for (const child of node.children ?? []) parent[rowOf.get(child)!] = row;
  });
  const callersOf = (row: number): number[] => {
    const callers: number[] = [];
    for (let up = parent[row]!; up > 0; up = parent[up]!) callers.push(frames.location(nodes[up]!.callFrame));
    return callers;
  };

  // A sample stands for the time until the next one. So garbage collection, in which signals get lost, keeps its time,
  // and the time before the first sample, which is what starting took, counts for nothing.
  const counts = new Float64Array(nodes.length);
  const micros = new Float64Array(nodes.length);
  let now = profile.startTime;
  samples.forEach((id, i) => {
    const row = rowOf.get(id)!;
    now += timeDeltas[i]!;
    if (now < fromMicros) return;
    // Samples may come out of order by some microseconds.
    const lasted = Math.max(timeDeltas[i + 1] ?? profile.endTime - now, 0);
    const { callFrame } = nodes[row]!;
    if (timeNanos === undefined) {
      counts[row]!++;
      micros[row]! += lasted;
    } else if (callFrame.functionName !== IDLE) {
      const timestamp = timeNanos + BigInt(Math.round((now - profile.startTime) * 1000));
      const time = { key: "timestamp", value: timestamp, unit: "nanoseconds" };
      const stack = [frames.location(callFrame), ...callersOf(row)];
      builder.sample(stack, [1, Math.round(lasted * 1000)], [...labels, time]);
    }
  });

  nodes.forEach((node, row) => {
    if (counts[row] === 0 || node.callFrame.functionName === IDLE) return;
    const callers = callersOf(row);
    const byLine = new Map<number, number>();
    for (const { line, ticks } of node.positionTicks ?? []) byLine.set(line, (byLine.get(line) ?? 0) + ticks);
    if (byLine.size === 0) byLine.set(0, 1);
    let ticksLeft = [...byLine.values()].reduce((sum, ticks) => sum + ticks, 0);
    let countLeft = counts[row]!;
    let nanosLeft = Math.round(micros[row]! * 1000);
    for (const [line, ticks] of byLine) {
      const count = Math.round((countLeft * ticks) / ticksLeft);
      const nanos = Math.round((nanosLeft * ticks) / ticksLeft);
      ticksLeft -= ticks;
      countLeft -= count;
      nanosLeft -= nanos;
      if (count === 0 && nanos === 0) continue;
      builder.sample([...frames.leaf(node.callFrame, line || undefined), ...callers], [count, nanos], labels);
    }
  });
}
