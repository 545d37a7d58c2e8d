import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { Frames, type Surroundings } from "./frames.ts";
import type { Session } from "./session.ts";
import { makeStackReader, readSuspended, type SiteFrame, type Suspended } from "./target.ts";
import type { Thread, Threads } from "./threads.ts";

/** A heap larger than this is not searched for promises unless asked: the search stops the program 10 to 18 ms per MB. */
const MAX_HEAP_BYTES = 256 * 2 ** 20;
/** How long V8 may take to interrupt a thread; it cannot while native code runs. */
const INTERRUPT_MILLIS = 1_000;
/** How long the event loop may take to turn once, in which the stacks are read. */
const TURN_MILLIS = 10_000;

const currentStack = `(${makeStackReader})()(1, 64)`;

/** A thread's stack, or an async function that waits. */
export interface Goroutine {
  /** What it does, in the words of a stack dump. */
  readonly state: string;
  readonly thread: string;
  readonly frames: readonly SiteFrame[];
  readonly count: number;
}

export interface Goroutines {
  readonly list: readonly Goroutine[];
  readonly comments: readonly string[];
}

interface RemoteObject {
  readonly objectId?: string;
  readonly value?: unknown;
}

/** Every thread's current stack and every suspended async function of the main thread. `full`: however large the heap is. */
export async function readGoroutines(threads: Threads, full: boolean): Promise<Goroutines> {
  const list: Goroutine[] = [];
  const comments: string[] = [];
  const reading: Promise<void>[] = [];
  const unwatch = await threads.watch((thread) => {
    reading.push(readThread(thread).then((goroutine) => void list.push(goroutine)));
  });
  try {
    await Promise.allSettled(reading);
  } finally {
    await unwatch();
  }
  const { session } = threads.main;
  const heap = (await evaluate(session, "process.memoryUsage().heapUsed")) as number;
  if (heap > MAX_HEAP_BYTES && !full) {
    const megabytes = Math.round(heap / 2 ** 20);
    comments.push(
      `suspended functions are left out: finding them would stop the program for about ${megabytes * 14} ms, for its heap has ${megabytes} MB; ask with full=1`,
    );
    return { list, comments };
  }
  const begun = performance.now();
  const suspended = await readSuspendedOf(session);
  if (suspended === undefined) {
    comments.push(`suspended functions are left out: the event loop did not turn within ${TURN_MILLIS / 1000} s`);
  } else {
    for (const { frames, count, seenMillis } of leaves(suspended)) {
      const minutes = Math.floor(seenMillis / 60_000);
      const state = minutes > 0 ? `await, ${minutes} minutes` : "await";
      list.push({ state, thread: "main", frames, count });
    }
    comments.push(`finding suspended functions took ${Math.round(performance.now() - begun)} ms of the main thread`);
  }
  return { list, comments };
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
  await surroundings.scripts.load(new Set(list.flatMap((goroutine) => goroutine.frames.map(([, url]) => url))));
  for (const { state, thread, frames: stack, count } of list) {
    const locations = stack.length > 0 ? stack.map((frame) => frames.site(frame)) : [frames.named(`(${state})`)];
    builder.sample(
      locations,
      [count],
      [
        { key: "state", value: state },
        { key: "thread", value: thread },
      ],
    );
  }
  return builder.build();
}

/** A dump as Go prints its goroutines when a program crashes, at the original sources. */
export async function goroutineDump({ list, comments }: Goroutines, { scripts }: Surroundings): Promise<string> {
  await scripts.load(new Set(list.flatMap(({ frames }) => frames.map(([, url]) => url))));
  let id = 0;
  const blocks: string[] = [];
  for (const { state, thread, frames, count } of list) {
    const lines = frames.map(([name, url, line, column]) => {
      if (url === "") return `${name || "(native)"}()\n\t(native):0\n`;
      const place = scripts.original(url, line, column);
      return `${name || "(anonymous)"}()\n\t${place.file}:${place.line}\n`;
    });
    const text = lines.join("") || `(${thread})()\n\t(native):0\n`;
    for (let i = 0; i < count; i++) blocks.push(`goroutine ${++id} [${state}]:\n${text}`);
  }
  return `${blocks.join("\n")}${comments.map((comment) => `\n# ${comment}`).join("")}\n`;
}

async function readThread({ name, session }: Thread): Promise<Goroutine> {
  const timeout = new AbortController();
  const frames = await Promise.race([
    evaluate(session, currentStack) as Promise<SiteFrame[]>,
    sleep(INTERRUPT_MILLIS, undefined, { signal: timeout.signal, ref: true }),
  ]).finally(() => timeout.abort());
  if (frames === undefined) return { state: "syscall", thread: name, frames: [], count: 1 };
  return { state: frames.length > 0 ? "running" : "idle", thread: name, frames, count: 1 };
}

async function readSuspendedOf(session: Session): Promise<readonly Suspended[] | undefined> {
  // Each reading lets go of its own objects: another one may be under way.
  const objectGroup = `pprof ${randomUUID()}`;
  const timeout = new AbortController();
  try {
    const { result: prototype } = await session.post<{ result: RemoteObject }>("Runtime.evaluate", {
      expression: "Promise.prototype",
      objectGroup,
    });
    const { objects } = await session.post<{ objects: RemoteObject }>("Runtime.queryObjects", {
      prototypeObjectId: prototype.objectId,
      objectGroup,
    });
    const read = session.post<{ result: RemoteObject }>("Runtime.callFunctionOn", {
      objectId: objects.objectId,
      functionDeclaration: `function () { return (${readSuspended})(this, ${makeStackReader}); }`,
      awaitPromise: true,
      returnByValue: true,
      objectGroup,
    });
    const first = await Promise.race([read, sleep(TURN_MILLIS, undefined, { signal: timeout.signal })]);
    return first === undefined ? undefined : (first.result.value as Suspended[]);
  } finally {
    timeout.abort();
    await session.post("Runtime.releaseObjectGroup", { objectGroup });
  }
}

async function evaluate(session: Session, expression: string): Promise<unknown> {
  const { result } = await session.post<{ result: RemoteObject }>("Runtime.evaluate", {
    expression,
    returnByValue: true,
    silent: true,
  });
  return result.value;
}

/**
 * Of the stacks above all pending promises, those of the innermost awaits. The promise that an outer async function
 * returns is pending as well, and its stack is the end of the inner one's: it counts only as far as no inner one explains it.
 */
function leaves(suspended: readonly Suspended[]): Suspended[] {
  const keyOf = (frames: readonly SiteFrame[]): string => JSON.stringify(frames);
  const explained = new Map<string, number>();
  for (const { frames, count } of suspended) {
    const outer = keyOf(frames.slice(1));
    explained.set(outer, (explained.get(outer) ?? 0) + count);
  }
  return suspended.flatMap((stack) => {
    const count = stack.count - (explained.get(keyOf(stack.frames)) ?? 0);
    return count > 0 ? [{ ...stack, count }] : [];
  });
}
