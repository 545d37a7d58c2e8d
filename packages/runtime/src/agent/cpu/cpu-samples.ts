import { type LabelFields, type ProfileBuilder, TIMESTAMP_LABEL } from "@pprof-ts/profile";
import type { CallFrame } from "../code/call-frame.ts";
import type { Frames } from "../code/frames.ts";
import { isOfBuffers, shownFrame } from "../code/own-frames.ts";
import { type Hot, isEvaluated } from "../code/places.ts";
import type { CpuProfile, Slice } from "./slice.ts";

/** What V8 calls the time in which a thread waits for its event loop. */
export const IDLE = "(idle)";

/** A function called by the functions above it, and what samples found of it. */
interface Node {
  readonly frame: CallFrame;
  readonly parent: Node | undefined;
  readonly children: Map<string, Node>;
  /** The samples with this function on top, and the time that they stand for. */
  count: number;
  micros: number;
  /** At which lines samples found it on top. */
  readonly ticks: Map<number, number>;
}

/** A sample with its time, in microseconds of V8's clock. */
interface TimedSample {
  readonly node: Node;
  readonly endMicros: number;
  readonly micros: number;
}

/** Which samples are wanted, by V8's clock in microseconds. */
interface Wanted {
  /** Each sample stands by itself, with its time. */
  readonly timed: boolean;
  /** Whether samples are wanted that found the thread waiting for its event loop. */
  readonly idle?: boolean;
  readonly fromMicros: number;
  readonly untilMicros: number;
  /** One sample for each so many microseconds: what ran then; 0: all samples. */
  readonly everyMicros: number;
}

/** The samples of a thread, from slices that follow one another: equal stacks are one, and the time is that of all. */
export class CpuSamples {
  readonly #root: Node = nodeOf({ functionName: "(root)", url: "", lineNumber: -1, columnNumber: -1 }, undefined);
  readonly #timed: TimedSample[] | undefined;
  readonly #wanted: Wanted;
  /** The last sample, whose time is not over. */
  #last: { readonly node: Node; readonly micros: number } | undefined;

  constructor(slices: readonly Slice[], wanted: Wanted) {
    this.#wanted = wanted;
    this.#timed = wanted.timed ? [] : undefined;
    let until = wanted.fromMicros;
    for (const slice of slices) {
      // A sample stands for the time up to the next one, but not across a gap in which nothing sampled.
      if (slice.startTime > until) this.#endAll(until);
      // The next slice's profile opens before this one's ends: what both have sampled counts once.
      this.#add(slice.read(), until);
      until = Math.max(until, slice.endTime);
    }
    this.#endAll(until);
  }

  get frames(): CallFrame[] {
    return [...this.#nodes()].map(({ frame }) => frame);
  }

  /** The frames that samples found on top, and at which lines (from 1). */
  get hot(): Hot[] {
    return [...this.#nodes()]
      .filter(({ ticks }) => ticks.size > 0)
      .map((node) => ({
        frame: node.frame,
        lines: node.ticks.keys(),
        callers: isEvaluated(node.frame) ? inScripts(node) : [],
      }));
  }

  /** Adds them, a count and nanoseconds each; `atNanos` tells the time of a moment of V8's clock. */
  addTo(
    builder: ProfileBuilder,
    frames: Frames,
    labels: readonly LabelFields[],
    atNanos: (micros: number) => bigint,
  ): void {
    const callersOf = (node: Node): number[] => {
      const callers: number[] = [];
      for (let up = node.parent; up?.parent !== undefined; up = up.parent) callers.push(frames.location(up.frame));
      return callers;
    };
    const dealt = new Map<Node, number>();
    for (const { node, endMicros, micros } of this.#timed ?? []) {
      const time = { key: TIMESTAMP_LABEL, value: atNanos(endMicros), unit: "nanoseconds" };
      // V8 tells how many of the samples had each line, and not which: they are dealt out, so that the sums are right.
      const nth = dealt.get(node) ?? 0;
      dealt.set(node, nth + 1);
      const stack = [...frames.leaf(node.frame, lineOf(node, nth)), ...callersOf(node)];
      builder.sample(stack, [1, Math.round(micros * 1000)], [...labels, time]);
    }
    if (this.#timed !== undefined) return;
    for (const node of this.#nodes()) {
      if (node.count === 0 && node.micros === 0) continue;
      const callers = callersOf(node);
      const ticks: [line: number, ticks: number][] = node.ticks.size > 0 ? [...node.ticks] : [[0, 1]];
      let ticksLeft = ticks.reduce((sum, [, own]) => sum + own, 0);
      let countLeft = node.count;
      let nanosLeft = Math.round(node.micros * 1000);
      for (const [line, own] of ticks) {
        const count = Math.round((countLeft * own) / ticksLeft);
        const nanos = Math.round((nanosLeft * own) / ticksLeft);
        ticksLeft -= own;
        countLeft -= count;
        nanosLeft -= nanos;
        if (count === 0 && nanos === 0) continue;
        builder.sample([...frames.leaf(node.frame, line || undefined), ...callers], [count, nanos], labels);
      }
    }
  }

  /** Adds the samples of a profile from a time on. Weighted by time, for signals get lost while V8 collects garbage. */
  #add({ nodes, startTime, samples = [], timeDeltas = [] }: CpuProfile, from: number): void {
    const childIds = new Map(nodes.map(({ id, children }) => [id, children ?? []]));
    const byId = new Map(nodes.map((node) => [node.id, node]));
    const own = new Map<number, Node>([[nodes[0]!.id, this.#root]]);
    // Parents stand before their children.
    for (const { id } of nodes) {
      for (const child of childIds.get(id)!) {
        const { callFrame, positionTicks } = byId.get(child)!;
        const parent = own.get(id)!;
        const frame = shownFrame(callFrame, byId.get(id)!.callFrame, parent.frame);
        const node = isOfBuffers(callFrame) || frame === parent.frame ? parent : childOf(parent, frame);
        own.set(child, node);
        // Its lines are none of the parent's.
        if (node === parent) continue;
        for (const { line, ticks } of positionTicks ?? []) node.ticks.set(line, (node.ticks.get(line) ?? 0) + ticks);
      }
    }
    // A sample stands for the time until the next one, also across slices. So garbage collection, in which signals get lost,
    // keeps its time, and the time before the first sample, which is what starting took, counts for nothing.
    let now = startTime;
    samples.forEach((id, i) => {
      now += timeDeltas[i]!;
      if (now < from || now >= this.#wanted.untilMicros) return;
      this.#end(now, Number.POSITIVE_INFINITY);
      this.#last = { node: own.get(id)!, micros: now };
    });
  }

  /** Nothing sampled from this time on. */
  #endAll(micros: number): void {
    const until = Math.min(micros, this.#wanted.untilMicros);
    this.#end(until, until);
  }

  /** The time of the last sample is over, and that of all samples at `until`. */
  #end(now: number, until: number): void {
    const last = this.#last;
    this.#last = undefined;
    const { fromMicros, everyMicros, idle = false } = this.#wanted;
    if (last === undefined || (!idle && last.node.frame.functionName === IDLE)) return;
    if (everyMicros === 0) {
      // Samples may come out of order by some microseconds.
      this.#count(last.node, last.micros, Math.max(now - last.micros, 0));
      return;
    }
    const first = Math.ceil((last.micros - fromMicros) / everyMicros) * everyMicros + fromMicros;
    for (let at = first; at < now; at += everyMicros) this.#count(last.node, at, Math.min(everyMicros, until - at));
  }

  #count(node: Node, from: number, micros: number): void {
    node.count++;
    node.micros += micros;
    this.#timed?.push({ node, endMicros: from + micros, micros });
  }

  *#nodes(): Generator<Node> {
    const todo = [...this.#root.children.values()];
    for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
      yield node;
      todo.push(...node.children.values());
    }
  }
}

/** The line of the nth of a node's samples, were they in the order of the lines. */
function lineOf({ ticks, count }: Node, nth: number): number | undefined {
  const all = [...ticks.values()].reduce((sum, own) => sum + own, 0);
  let seen = 0;
  for (const [line, own] of ticks) {
    seen += own;
    if (nth * all < seen * count) return line;
  }
  return undefined;
}

/** The innermost caller of a node that is in a script of the program's. */
function inScripts({ parent }: Node): CallFrame[] {
  for (let up = parent; up !== undefined; up = up.parent) {
    if (up.frame.url !== "" && !up.frame.url.startsWith("node:")) return [up.frame];
  }
  return [];
}

function childOf(parent: Node, frame: CallFrame): Node {
  const key = `${frame.scriptId} ${frame.lineNumber} ${frame.columnNumber} ${frame.url} ${frame.functionName}`;
  let node = parent.children.get(key);
  if (node === undefined) {
    node = nodeOf(frame, parent);
    parent.children.set(key, node);
  }
  return node;
}

function nodeOf(frame: CallFrame, parent: Node | undefined): Node {
  return { frame, parent, children: new Map(), count: 0, micros: 0, ticks: new Map() };
}
