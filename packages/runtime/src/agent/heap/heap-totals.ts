import type { CallFrame } from "../code/call-frame.ts";
import { isOfBuffers, shownFrame } from "../code/own-frames.ts";

interface SamplingNode {
  readonly callFrame: CallFrame;
  readonly id: number;
  readonly children: readonly SamplingNode[];
}

/** What V8 has sampled. */
export interface SamplingProfile {
  readonly head: SamplingNode;
  /** `size` is what the sample stands for, in bytes: the object's size times how many such objects it stands for. `ordinal` counts the samples of a sampler. */
  readonly samples: readonly { readonly size: number; readonly nodeId: number; readonly ordinal: number }[];
}

/** What one stack has allocated. */
export interface Totals {
  readonly frames: readonly CallFrame[];
  objects: number;
  bytes: number;
}

/** A program that makes its functions as it runs may have stacks without end; beyond so many, they are one. */
const MAX_STACKS = 50_000;
const OTHERS: CallFrame = { functionName: "(other stacks)", url: "", lineNumber: -1, columnNumber: -1 };

/** Adds a profile to totals by stack. */
export function sum(
  profile: SamplingProfile,
  rate: number,
  totals: Map<string, Totals> = new Map(),
): Map<string, Totals> {
  const byNode = new Map<number, { objects: number; bytes: number }>();
  const objectsOf = new Map<number, number>();
  for (const { size, nodeId } of profile.samples) {
    let objects = objectsOf.get(size);
    if (objects === undefined) {
      objects = estimateObjects(size, rate);
      objectsOf.set(size, objects);
    }
    const known = byNode.get(nodeId);
    if (known === undefined) byNode.set(nodeId, { objects, bytes: size });
    else {
      known.objects += objects;
      known.bytes += size;
    }
  }
  const todo: { node: SamplingNode; stack: readonly CallFrame[]; key: string }[] = [
    { node: profile.head, stack: [], key: "" },
  ];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { node, stack, key } = next;
    const own = byNode.get(node.id);
    if (own !== undefined) fold(totals, key, { frames: stack, ...own });
    for (const child of node.children) {
      const frame = shownFrame(child.callFrame, node.callFrame, stack[0]);
      if (isOfBuffers(frame) || frame === stack[0]) {
        todo.push({ node: child, stack, key });
        continue;
      }
      const { functionName, url, lineNumber, columnNumber } = frame;
      todo.push({
        node: child,
        stack: [frame, ...stack],
        key: `${functionName} ${url} ${lineNumber} ${columnNumber}\n${key}`,
      });
    }
  }
  return totals;
}

/** Adds to the totals of a stack. */
export function fold(totals: Map<string, Totals>, key: string, { frames, objects, bytes }: Totals): void {
  const known = totals.get(key) ?? (totals.size < MAX_STACKS ? undefined : totals.get(OTHERS.functionName));
  if (known === undefined) {
    if (totals.size < MAX_STACKS) totals.set(key, { frames, objects, bytes });
    else totals.set(OTHERS.functionName, { frames: [OTHERS], objects, bytes });
  } else {
    known.objects += objects;
    known.bytes += bytes;
  }
}

/** What has come to totals since they were others. */
export function since(before: ReadonlyMap<string, Totals>, after: ReadonlyMap<string, Totals>): Map<string, Totals> {
  const gained = new Map<string, Totals>();
  for (const [key, { frames, objects, bytes }] of after) {
    const old = before.get(key);
    const own = { frames, objects: objects - (old?.objects ?? 0), bytes: bytes - (old?.bytes ?? 0) };
    if (own.bytes > 0) gained.set(key, own);
  }
  return gained;
}

/**
 * How many objects a sample stands for. V8 says only `bytes` = size × round(1 / (1 - exp(-size / rate))); the smallest
 * size (a multiple of 8 from 16, as objects are) that gives these bytes is the likeliest.
 */
export function estimateObjects(bytes: number, rate: number): number {
  const most = Math.floor(bytes / Math.max(16, bytes - rate));
  for (let objects = most; objects > 1; objects--) {
    const size = bytes / objects;
    if (size % 8 === 0 && Math.round(1 / (1 - Math.exp(-size / rate))) === objects) return objects;
  }
  return 1;
}
