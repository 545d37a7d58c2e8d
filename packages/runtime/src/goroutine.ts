import { setTimeout as sleep } from "node:timers/promises";
import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { evaluate } from "./evaluate.ts";
import { Frames, type Surroundings } from "./frames.ts";
import { oneLine } from "./one-line.ts";
import { leftOut } from "./scripts.ts";
import { makeStackReader, type SiteFrame } from "./target.ts";
import type { Thread, Threads } from "./threads.ts";
import { readWaiting } from "./waiting.ts";

/** A thread whose heap is larger is not searched for what waits unless asked: that stops it 16 to 21 ms per MB. */
export const GOROUTINE_HEAP: number = 256 * 2 ** 20;
const MILLIS_PER_MEGABYTE = 20;
/** How long V8 may take to interrupt a thread; it cannot while native code runs. */
const INTERRUPT_MILLIS = 1_000;

const currentStack = `(${makeStackReader})()(1, 64)`;

/** A thread's stack, an async function that waits, or a generator that is between two of its values. */
export interface Goroutine {
  /** What it does: `running`, `idle`, `syscall`, `await`, `await timer` or `yield`. */
  readonly state: string;
  /** For how long that is known, in milliseconds; 0 where it is not. */
  readonly millis: number;
  readonly thread: string;
  readonly frames: readonly SiteFrame[];
  readonly count: number;
}

export interface Goroutines {
  readonly list: readonly Goroutine[];
  readonly comments: readonly string[];
}

/**
 * Of every thread its current stack, and of those whose heap is not larger than this the suspended functions; rejects without
 * stopping a thread where `signal` has aborted before its turn comes.
 */
export function readGoroutines(threads: Threads, maxHeapBytes: number, signal?: AbortSignal): Promise<Goroutines> {
  // One after the other: two at once would stop the threads no shorter, and share their debuggers.
  const reading = (readings.get(threads) ?? Promise.resolve()).then(() => {
    signal?.throwIfAborted();
    return readOnce(threads, maxHeapBytes);
  });
  readings.set(
    threads,
    reading.catch(() => {}),
  );
  return reading;
}

const readings = new WeakMap<Threads, Promise<unknown>>();

async function readOnce(threads: Threads, maxHeapBytes: number): Promise<Goroutines> {
  const current = new Map<Thread, Goroutine>();
  const waiting: Goroutine[] = [];
  const comments: string[] = [];
  const search = async (thread: Thread): Promise<void> => {
    const state = current.get(thread)?.state;
    // A thread that V8 cannot interrupt would not answer before it is done.
    if (state !== undefined && state !== "syscall") await readSuspended(thread, maxHeapBytes, waiting, comments);
  };
  const found: Thread[] = [];
  const unwatch = await threads.watch((thread) => void found.push(thread));
  try {
    const [main, ...workers] = found;
    // A worker that ends meanwhile has nothing to say.
    await Promise.allSettled(found.map(async (thread) => current.set(thread, await readThread(thread))));
    // Workers are asked by way of the main thread, which stands still while it is searched.
    await Promise.allSettled([search(main!)]);
    await Promise.allSettled(workers.map(search));
  } finally {
    await unwatch();
  }
  return { list: [...current.values(), ...waiting], comments };
}

async function readSuspended(
  thread: Thread,
  maxHeapBytes: number,
  list: Goroutine[],
  comments: string[],
): Promise<void> {
  const { name, session } = thread;
  const { usedSize: heapBytes } = await session.post<{ usedSize: number }>("Runtime.getHeapUsage");
  const megabytes = Math.round(heapBytes / 2 ** 20);
  const depth =
    maxHeapBytes === Number.POSITIVE_INFINITY ? "generators" : heapBytes > maxHeapBytes ? "reachable" : "promises";
  if (depth === "reachable") {
    comments.push(
      `${name}: functions that wait for promises of the program alone are left out: finding them would stop the thread for about ${((megabytes * MILLIS_PER_MEGABYTE) / 1000).toFixed(1)} s, for its heap has ${megabytes} MB; ask with full=1`,
    );
  }
  const begun = performance.now();
  const { suspended, generators, comments: said } = await readWaiting(session, depth);
  for (const { frames, count, kind, millis } of suspended) {
    list.push({ state: kind === "" ? "await" : `await ${kind}`, millis, thread: name, frames, count });
  }
  for (const { frame, count } of generators) {
    list.push({ state: "yield", millis: 0, thread: name, frames: [frame], count });
  }
  for (const comment of said) comments.push(`${name}: ${comment}`);
  comments.push(`${name}: finding suspended functions took ${Math.round(performance.now() - begun)} ms of the thread`);
}

/** The profile of these: one sample for each stack. */
export async function goroutineProfile({ list, comments }: Goroutines, surroundings: Surroundings): Promise<Profile> {
  const type = { type: "goroutine", unit: "count" };
  const builder = new ProfileBuilder({
    sampleTypes: [type],
    periodType: type,
    period: 1,
    timeNanos: BigInt(Date.now()) * 1_000_000n,
    comments,
  });
  const frames = new Frames(builder, surroundings);
  await frames.load(new Set(list.flatMap((goroutine) => goroutine.frames.map(([, url]) => url))));
  for (const { state, millis, thread, frames: stack, count } of list) {
    const waited = millis < 1000 ? [] : [{ key: "waited", value: Math.floor(millis / 1000), unit: "seconds" }];
    const locations = stack.length > 0 ? stack.map((frame) => frames.site(frame)) : [frames.named(`(${state})`)];
    builder.sample(locations, [count], [{ key: "state", value: state }, { key: "thread", value: thread }, ...waited]);
  }
  return builder.build();
}

/** A dump as Go prints its goroutines when a program crashes, at the original sources. */
export async function goroutineDump({ list, comments }: Goroutines, { scripts }: Surroundings): Promise<string> {
  const left = await scripts.load(new Set(list.flatMap(({ frames }) => frames.map(([, url]) => url))));
  const said = [...comments, ...Array.from(left, ([why, url]) => leftOut(why, url))];
  let id = 0;
  const blocks: string[] = [];
  for (const { state, millis, thread, frames, count } of list) {
    const minutes = Math.floor(millis / 60_000);
    const status = minutes > 0 ? `${state}, ${minutes} minutes` : state;
    const lines = frames.map(([name, url, line, column]) => {
      if (url === "") return `${oneLine(name) || "(native)"}()\n\t(native):0\n`;
      const place = scripts.original(url, line, column);
      return `${oneLine(name) || "(anonymous)"}()\n\t${oneLine(place.file)}:${place.line}\n`;
    });
    const text = lines.join("") || `(${oneLine(thread)})()\n\t(native):0\n`;
    for (let i = 0; i < count; i++) blocks.push(`goroutine ${++id} [${status}]:\n${text}`);
  }
  return `${blocks.join("\n")}${said.map((comment) => `\n# ${oneLine(comment)}`).join("")}\n`;
}

async function readThread({ name, session }: Thread): Promise<Goroutine> {
  const timeout = new AbortController();
  const frames = await Promise.race([
    evaluate<SiteFrame[]>(session, currentStack, { returnByValue: true }).then(({ result }) => result.value),
    sleep(INTERRUPT_MILLIS, undefined, { signal: timeout.signal, ref: true }),
  ]).finally(() => timeout.abort());
  const state = frames === undefined ? "syscall" : frames.length > 0 ? "running" : "idle";
  return { state, millis: 0, thread: name, frames: frames ?? [], count: 1 };
}
