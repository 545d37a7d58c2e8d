import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { Frames, type Surroundings } from "../code/frames.ts";
import type { Thread } from "../inspector/threads.ts";
import type { Totals } from "./heap-totals.ts";
import { readMappedFiles, type ThreadMemory, unsampled } from "./process-memory.ts";

/** What was found of a thread, or of those that have ended. */
export interface Found {
  readonly thread: Pick<Thread, "name">;
  readonly totals: ReadonlyMap<string, Totals>;
  readonly memory?: ThreadMemory;
}

interface Header {
  readonly kind: "inuse" | "alloc";
  /** Bytes between two samples. */
  readonly period: number;
  readonly seconds: number;
  readonly comments: readonly string[];
}

/** The profile of what V8 has sampled; of objects in use with the rows that make up the rest of the resident memory. */
export async function heapProfile(
  found: readonly Found[],
  { kind, period, seconds, comments }: Header,
  surroundings: Surroundings,
): Promise<Profile> {
  const memories = found.flatMap(({ thread, totals, memory }) => {
    const sampled = [...totals.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    return memory === undefined ? [] : [{ name: thread.name, memory, sampled }];
  });
  const { rss } = process.memoryUsage();
  const rest = kind === "inuse" ? unsampled(memories, process.memoryUsage(), await readMappedFiles(), rss) : undefined;
  const absent = Math.round((rest?.absent ?? 0) / 2 ** 20);
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: `${kind}_objects`, unit: "count" },
      { type: `${kind}_space`, unit: "bytes" },
    ],
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
  for (const { thread, totals } of found) {
    await frames.load(new Set([...totals.values()].flatMap((total) => total.frames.map(({ url }) => url))));
    for (const { frames: stack, objects, bytes } of totals.values()) {
      const locations = stack.map((frame) => frames.location(frame));
      const labels = [{ key: "thread", value: thread.name }];
      builder.sample(locations.length > 0 ? locations : [frames.named("(V8)")], [objects, bytes], labels);
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
