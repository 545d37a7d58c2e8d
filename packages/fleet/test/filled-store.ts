import { encode, ProfileBuilder } from "@pprof-ts/profile";
import { type Labels, MemoryStore } from "../src/index.ts";

export const MINUTE = 60_000;
export const NOON: number = Date.UTC(2026, 10, 30, 12);

/** A profile of CPU time: stacks from the root on, and their milliseconds; `span` is a label of each sample. */
export function cpuProfile(stacks: Readonly<Record<string, number>>, span?: string): Uint8Array {
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: "samples", unit: "count" },
      { type: "cpu", unit: "nanoseconds" },
    ],
    periodType: { type: "cpu", unit: "nanoseconds" },
    period: 10_000_000,
    durationNanos: 10e9,
  });
  const mapping = builder.mapping({ filename: "/srv/app", hasFunctions: true });
  for (const [stack, millis] of Object.entries(stacks)) {
    const rows = stack
      .split(" ")
      .map((name) => builder.location({ mapping, lines: [{ function: builder.function({ name }), line: 1 }] }));
    builder.sample(
      rows.reverse(),
      [Math.ceil(millis / 10), millis * 1e6],
      span === undefined ? [] : [{ key: "span_id", value: span }],
    );
  }
  return encode(builder.build());
}

export const labelsOf = (labels: Readonly<Record<string, string>>): Labels => new Map(Object.entries(labels));

/**
 * Two services from noon on, a profile a minute: `api` in two versions, the second of which is slower in `parse` from the fifth
 * minute on, and `web`, of which a scrape failed in the second minute.
 */
export async function filledStore(): Promise<MemoryStore> {
  // Labels of spans are kept, which a store leaves out unless it is told to.
  const store = new MemoryStore({ now: () => NOON + 10 * MINUTE, limits: { droppedSampleLabels: [] } });
  for (let minute = 0; minute < 10; minute++) {
    const isNew = minute >= 5;
    const api = { service_name: "api", instance: "api-1:6060", version: isNew ? "v2" : "v1" };
    const { refused } = await store.append([
      {
        tenant: "",
        labels: labelsOf(api),
        receivedMillis: NOON + minute * MINUTE,
        profile: cpuProfile(
          { "main serve parse": isNew ? 400 + minute : 100 + minute, "main serve hash": 300, main: 10 },
          `span${minute}`,
        ),
      },
      {
        tenant: "",
        labels: labelsOf({ service_name: "web", instance: "web-1:6060" }),
        receivedMillis: NOON + minute * MINUTE,
        profile: cpuProfile({ "main render": 50 }),
      },
    ]);
    if (refused.length > 0) throw new Error(JSON.stringify(refused));
  }
  await store.fail([
    {
      tenant: "",
      labels: labelsOf({ service_name: "web", instance: "web-2:6060" }),
      name: "process_cpu",
      receivedMillis: NOON + MINUTE,
      status: 503,
      reason: "503 Service Unavailable",
      scrapeMillis: 12,
      bytes: 0,
    },
  ]);
  return store;
}

/** The same store, of which some parts cannot be read. */
export async function partialStore(missing: readonly string[]): Promise<MemoryStore> {
  const store = await filledStore();
  const [merge, timeline] = [store.merge.bind(store), store.timeline.bind(store)];
  store.merge = async (query) => ({ ...(await merge(query)), missing });
  store.timeline = async (query) => ({ ...(await timeline(query)), missing });
  return store;
}
