import type { Profile, ValueType } from "@pprof-ts/profile";
import { RuntimeError } from "../../error.ts";
import type { ProfileName } from "../../exchange/profile-names.ts";
import { recordedProfile } from "../code/recorded-rows.ts";
import { type Goroutines, goroutineDump, goroutineProfile, readGoroutines } from "../goroutine/goroutine.ts";
import type { Session } from "../inspector/session.ts";
import { contentionText, countText, heapText } from "./debug-text.ts";
import type { Profilers } from "./profilers.ts";

/** A profile that is there at any time: what it is called, how it is collected and printed. */
export interface Collector {
  readonly name: string;
  readonly description: string;
  /** `signal` aborts when nobody waits for it any more. */
  collect(profilers: Profilers, query: URLSearchParams, signal: AbortSignal): Promise<Profile>;
  /** The profile of the next seconds, where that is not the difference of two. */
  window?(profilers: Profilers, seconds: number, query: URLSearchParams, signal: AbortSignal): Promise<Profile>;
  /** `debug=1`. */
  text(profile: Profile): string;
  /** `debug=2`. */
  dump?(profilers: Profilers, query: URLSearchParams, signal: AbortSignal): Promise<string>;
  /** As the recorder keeps it from time to time. */
  snapshot?(profilers: Profilers): Promise<Profile>;
  /** How many stacks there are, where that costs nothing to say. */
  count?(profilers: Profilers): Promise<number>;
}

const CONTENTIONS: readonly ValueType[] = [
  { type: "contentions", unit: "count" },
  { type: "delay", unit: "nanoseconds" },
];
/** The seconds of an `allocs` profile that asks for none. */
const ALLOCS_SECONDS = 5;
/** For what the recorder takes by itself: no client can go away. */
const FOR_NOBODY = new AbortController().signal;

export const collectors: readonly (Collector & { readonly name: ProfileName })[] = [
  {
    name: "allocs",
    description:
      "A sampling of all memory allocations, dead or alive: of the coming seconds (default 5), or since the start with PPROF_ALLOCS=1.",
    async collect(profilers, query, signal) {
      const { heap } = await profilers.inspect();
      return heap.allocs(heap.mode === "all" ? 0 : ALLOCS_SECONDS, isFull(query), signal);
    },
    async window(profilers, seconds, query, signal) {
      return (await profilers.inspect()).heap.allocs(seconds, isFull(query), signal);
    },
    text: (profile) => heapText(profile),
  },
  {
    name: "block",
    description:
      "Stack traces that held the event loop of the main thread, or blocked in its synchronous calls, for longer than the block profile rate; workers cannot be asked safely.",
    async collect(profilers) {
      const { block } = await profilers.inspect();
      return recordedProfile(block.rows(), CONTENTIONS, 1, profilers.surroundings, await profilers.session());
    },
    text: (profile) => contentionText("block", profile),
    count: async (profilers) => (await profilers.inspect()).block.count,
  },
  {
    name: "goroutine",
    description:
      "Every async function of the main thread that waits, at its await, with those that wait for it and what it waits for, and its current stack; workers cannot be asked safely. What it would take too long to find, and generators at their yield, are found with full=1. Use debug=2 as a query parameter to export in the same format as an unrecovered panic.",
    async collect(profilers, query, signal) {
      return goroutineProfile(
        await goroutinesOf(profilers, isFull(query), signal),
        profilers.surroundings,
        await mainSession(profilers),
      );
    },
    text: (profile) => countText("goroutine", profile),
    async dump(profilers, query, signal) {
      return goroutineDump(
        await goroutinesOf(profilers, isFull(query), signal),
        profilers.surroundings,
        await mainSession(profilers),
      );
    },
    async snapshot(profilers) {
      return goroutineProfile(
        await goroutinesOf(profilers, false, FOR_NOBODY),
        profilers.surroundings,
        await mainSession(profilers),
      );
    },
  },
  {
    name: "heap",
    description:
      "A sampling of memory allocations of live objects. You can specify the gc GET parameter to run GC before taking the heap sample.",
    async collect(profilers, query, signal) {
      const { heap } = await profilers.inspect();
      const gc = Number(query.get("gc")) > 0;
      const full = gc && isFull(query);
      return profilers.sharing.ask(`heap ${gc} ${full}`, signal, (every) => heap.heap({ gc, full }, every));
    },
    async snapshot(profilers) {
      return (await profilers.inspect()).heap.heap({ spare: true }, FOR_NOBODY);
    },
    text: (profile) => heapText(profile),
  },
  {
    name: "mutex",
    description: "Stack traces of holders of contended mutexes",
    collect: (profilers) => recorded(profilers, "mutex", CONTENTIONS),
    text: (profile) => contentionText("mutex", profile),
    count: (profilers) => recordedCount(profilers, "mutex"),
  },
  {
    name: "threadcreate",
    description: "Stack traces that led to the creation of worker threads and child processes",
    collect: (profilers) => recorded(profilers, "threadcreate", [{ type: "threadcreate", unit: "count" }]),
    text: (profile) => countText("threadcreate", profile),
    count: (profilers) => recordedCount(profilers, "threadcreate"),
  },
];

/** The collector of this name, the program's own profiles included. */
export async function findCollector(profilers: Profilers, name: string): Promise<Collector | undefined> {
  const known = collectors.find((collector) => collector.name === name);
  if (known !== undefined) return known;
  return Object.hasOwn(await customCounts(profilers), name) ? customCollector(name) : undefined;
}

/** The program's own profiles, and how many stacks each holds. */
export async function customCounts(profilers: Profilers): Promise<Record<string, number>> {
  const counts = await profilers.counts();
  return Object.fromEntries(Object.entries(counts).filter(([name]) => !collectors.some((row) => row.name === name)));
}

export function customCollector(name: string): Collector {
  return {
    name,
    description: "",
    collect: (profilers) => recorded(profilers, name, [{ type: name, unit: "count" }]),
    text: (profile) => countText(name, profile),
    count: (profilers) => recordedCount(profilers, name),
  };
}

async function goroutinesOf(profilers: Profilers, full: boolean, signal: AbortSignal): Promise<Goroutines> {
  const { threads } = await profilers.inspect();
  const { budget, coverage, sharing, ending } = profilers;
  if (ending.aborted) {
    throw new RuntimeError("the program is at its end: what waits is not known (keepGoroutine keeps it ahead of time)");
  }
  return sharing.ask(`goroutine ${full}`, signal, (every) =>
    readGoroutines(threads.main, budget, coverage, full, every),
  );
}

async function mainSession(profilers: Profilers): Promise<Session> {
  return (await profilers.inspect()).threads.main.session;
}

/** Whether it is wanted however long it holds the program. */
function isFull(query: URLSearchParams): boolean {
  return query.get("full") === "1";
}

async function recorded(profilers: Profilers, name: string, sampleTypes: readonly ValueType[]): Promise<Profile> {
  const rows = (await profilers.rows(name)) ?? [];
  return recordedProfile(rows, sampleTypes, 1, profilers.surroundings, await profilers.session());
}

async function recordedCount(profilers: Profilers, name: string): Promise<number> {
  return (await profilers.counts())[name] ?? 0;
}
