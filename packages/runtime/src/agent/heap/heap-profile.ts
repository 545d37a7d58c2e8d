import { type Profile, ProfileBuilder, type ValueType } from "@pprof-ts/profile";
import type { BufferRow } from "../../program/record/buffers.ts";
import type { SiteFrame } from "../../target/stack-reader.ts";
import { Frames, type Surroundings } from "../code/frames.ts";
import type { Thread } from "../inspector/threads.ts";
import type { Totals } from "./heap-totals.ts";
import { readMapped, type ThreadMemory, unsampled } from "./process-memory.ts";
import type { Seen } from "./seen-objects.ts";

export interface HeapRequest {
  /** Collects garbage first, where the budget for stalls has room for that. */
  readonly gc?: boolean;
  /** Whatever it costs. */
  readonly full?: boolean;
  /** Nobody has asked for it: an error where the budget has no room for it. */
  readonly spare?: boolean;
}

/** What was found of a thread, or of those that have ended. */
export interface Found {
  readonly thread: Pick<Thread, "name"> & Partial<Thread>;
  readonly totals: ReadonlyMap<string, Totals>;
  readonly memory?: ThreadMemory;
  /** What was alive at earlier times. */
  readonly seen?: readonly Seen[];
  readonly buffers?: readonly BufferRow[];
}

interface Header {
  readonly kind: "inuse" | "alloc";
  /** Bytes between two samples. */
  readonly period: number;
  readonly seconds: number;
  readonly comments: readonly string[];
}

const INUSE: readonly ValueType[] = [
  { type: "inuse_objects", unit: "count" },
  { type: "inuse_space", unit: "bytes" },
];
const ALLOC: readonly ValueType[] = [
  { type: "alloc_objects", unit: "count" },
  { type: "alloc_space", unit: "bytes" },
];

/** The profile of what V8 has sampled; of objects in use with the rows that make up the rest of the resident memory. */
export async function heapProfile(
  found: readonly Found[],
  { kind, period, seconds, comments }: Header,
  surroundings: Surroundings,
): Promise<Profile> {
  const memories = found.flatMap(({ thread, totals, memory, seen = [], buffers = [] }) => {
    const known = [totals, ...seen.map((one) => one.totals)];
    const sampled = known.flatMap((one) => [...one.values()]).reduce((sum, { bytes }) => sum + bytes, 0);
    const inBuffers = buffers.reduce((sum, { liveBytes }) => sum + liveBytes, 0);
    return memory === undefined ? [] : [{ name: thread.name, memory, sampled, inBuffers }];
  });
  const { rss } = process.memoryUsage();
  const rest = kind === "inuse" ? unsampled(memories, process.memoryUsage(), await readMapped(), rss) : undefined;
  const absent = Math.round((rest?.absent ?? 0) / 2 ** 20);
  const builder = new ProfileBuilder({
    sampleTypes: kind === "alloc" ? [...ALLOC, ...INUSE] : INUSE,
    defaultSampleType: `${kind}_space`,
    periodType: { type: "space", unit: "bytes" },
    period,
    timeNanos: BigInt(Date.now()) * 1_000_000n,
    durationNanos: seconds * 1e9,
    comments:
      absent > 0
        ? [
            ...comments,
            `${absent} MB of these are not resident: the program has not touched them, or they were swapped out`,
          ]
        : comments,
  });
  const frames = new Frames(builder, surroundings);
  for (const { thread, totals, seen = [], buffers = [] } of found) {
    const label = { key: "thread", value: thread.name };
    const now = {
      labels: [label],
      totals,
      values: (own: Totals) => (kind === "alloc" ? [...pair(own), 0, 0] : pair(own)),
    };
    const then = seen.map(({ atMillis, totals: old }) => ({
      labels: [label, { key: "seen", value: new Date(atMillis).toISOString() }],
      totals: old,
      values: (own: Totals) => (kind === "alloc" ? [0, 0, ...pair(own)] : pair(own)),
    }));
    for (const { labels, totals: some, values } of [now, ...then]) {
      const stacks = [...some.values()].flatMap((total) => total.frames);
      await frames.load(thread.session, stacks);
      for (const own of some.values()) {
        const locations = own.frames.map((frame) => frames.location(frame));
        if (own.bytes >= 1)
          builder.sample(locations.length > 0 ? locations : [frames.named("(V8)")], values(own), labels);
      }
    }
    const sites = buffers.map((row) => ({ ...row, frames: withoutMaker(row.frames) }));
    await frames.load(
      thread.session,
      sites.flatMap((row) => row.frames),
    );
    for (const { frames: stack, objects, bytes, liveObjects, liveBytes } of sites) {
      const live = liveBytes >= 1 ? pair({ objects: liveObjects, bytes: liveBytes }) : [0, 0];
      const all = bytes >= 1 ? pair({ objects, bytes }) : [0, 0];
      const values = kind === "alloc" ? [...all, ...live] : live;
      const locations = stack.map((frame) => frames.site(frame));
      if (values.some((value) => value > 0))
        builder.sample(locations.length > 0 ? locations : [frames.named("(native)")], values, [label]);
    }
  }
  for (const { name, thread, bytes } of rest?.rows ?? []) {
    const labels = thread === undefined ? [] : [{ key: "thread", value: thread }];
    // One object each: readers of the text formats refuse bytes of no objects.
    const stack = [frames.named(name), frames.named("(process memory)")];
    builder.sample(stack, [1, Math.round(bytes)], labels);
  }
  return builder.build();
}

/** Of what was seen before, a part may be left of an object: readers of the text formats refuse bytes of no objects. */
function pair({ objects, bytes }: Omit<Totals, "frames">): [number, number] {
  return [Math.max(Math.round(objects), 1), Math.round(bytes)];
}

/** From the function of `Buffer` on that was called, without what all of them end in. */
function withoutMaker(frames: readonly SiteFrame[]): readonly SiteFrame[] {
  const first = frames.findIndex(([, url]) => url !== "node:internal/buffer");
  return frames.slice(Math.max(first, 0));
}
