import { setTimeout as sleep } from "node:timers/promises";
import { type Profile, ProfileBuilder } from "@pprof-ts/profile";
import { makeStackReader, type SiteFrame } from "../../target/stack-reader.ts";
import type { StallBudget } from "../budget/stall-budget.ts";
import { Frames, type Surroundings } from "../code/frames.ts";
import { oneLine } from "../code/one-line.ts";
import { withoutOwn } from "../code/own-frames.ts";
import { Places } from "../code/places.ts";
import { readHeapBytes } from "../heap/process-memory.ts";
import type { Coverage } from "../inspector/coverage.ts";
import { evaluate, OWN_SOURCE } from "../inspector/evaluate.ts";
import type { Session } from "../inspector/session.ts";
import type { Thread } from "../inspector/threads.ts";
import { TurnsOf } from "../inspector/turns.ts";
import { within } from "../inspector/within.ts";
import { type Depth, readWaiting } from "./waiting.ts";

/** How long V8 may take to interrupt a thread; it cannot while native code runs. */
const INTERRUPT_MILLIS = 1_000;

const MAX_FRAMES = 64;
const AT_ONCE = { returnByValue: true, atOnce: true };
const thrownStack = "(() => { throw 0; })()";
/**
 * The stack of what runs; thrown where an `Error` that is made in a microtask could end the process, for V8 walks from there to who
 * waits for what that does (`async-stacks.ts`).
 */
const currentStack = `Number.parseInt(process.versions.v8, 10) < 12 || !("withResolvers" in Promise) ? ${thrownStack} : (${makeStackReader})()(1, ${MAX_FRAMES})`;

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
  readonly timeNanos: bigint;
  readonly list: readonly Goroutine[];
  readonly comments: readonly string[];
}

/**
 * Of the main thread its current stack, and the suspended functions, all of them where finding them is within the budget, or
 * this is asked for in `full`; rejects without stopping it where `signal` has aborted before its turn comes, or this minute's
 * budget is used up. Workers are not asked (`worker-commands.ts`).
 */
export function readGoroutines(
  main: Thread,
  budget: StallBudget,
  coverage: Coverage,
  full: boolean,
  signal?: AbortSignal,
): Promise<Goroutines> {
  // One after the other: two at once would stop the threads no shorter, and share their debuggers.
  return readings.of(main).take(async () => {
    signal?.throwIfAborted();
    return readOnce(main, budget, coverage, full);
  });
}

/** The main thread's stack alone, which is read also where its event loop turns no more. */
export async function readStacks(main: Thread): Promise<Goroutines> {
  const timeNanos = BigInt(Date.now()) * 1_000_000n;
  const comments = ["what waits is not known: the program was ending (keepGoroutine keeps it ahead of time)"];
  return { timeNanos, list: [await readThread(main)], comments };
}

const readings = new TurnsOf<Thread>();

/** How often V8 goes through the heap. */
const SEARCHES: Readonly<Record<Depth, number>> = { reachable: 0, promises: 1, generators: 3 };

async function readOnce(main: Thread, budget: StallBudget, coverage: Coverage, full: boolean): Promise<Goroutines> {
  const timeNanos = BigInt(Date.now()) * 1_000_000n;
  const list: Goroutine[] = [];
  const comments: string[] = [];
  const current = await readThread(main);
  list.push(current);
  // A thread that V8 cannot interrupt would not answer before it is done.
  if (current.state !== "syscall") await readSuspended(main, budget, coverage, full, list, comments);
  return { timeNanos, list, comments };
}

async function readSuspended(
  { name, session }: Thread,
  budget: StallBudget,
  coverage: Coverage,
  full: boolean,
  list: Goroutine[],
  comments: string[],
): Promise<void> {
  const heapBytes = await within(INTERRUPT_MILLIS, readHeapBytes(session)).catch((error: Error) => {
    comments.push(`${name}: what waits is left out: ${error.message}`);
  });
  if (heapBytes === undefined) return;
  const excess = full ? undefined : budget.excess("goroutine", heapBytes);
  const depth: Depth = full ? "generators" : excess === undefined ? "promises" : "reachable";
  const estimated = budget.estimate("goroutine", heapBytes) * SEARCHES[depth];
  const spending = budget.begin(estimated, estimated === 0);
  try {
    const { suspended, generators, comments: said, heldMillis, walks } = await readWaiting(session, depth, coverage);
    if (excess !== undefined && walks) {
      comments.push(`${name}: what waits for promises of the program alone is left out: finding it ${excess}`);
    }
    for (const comment of said) comments.push(`${name}: ${comment}`);
    for (const { frames, count, kind, millis } of suspended) {
      list.push({ state: kind === "" ? "await" : `await ${kind}`, millis, thread: name, frames, count });
    }
    for (const { frame, count } of generators) {
      list.push({ state: "yield", millis: 0, thread: name, frames: [frame], count });
    }
    if (heldMillis === 0) return;
    spending.held(heldMillis);
    budget.learn("goroutine", heapBytes, heldMillis / SEARCHES[depth]);
    comments.push(`${name}: finding suspended functions held the thread for ${Math.round(heldMillis)} ms`);
  } finally {
    spending.end();
  }
}

/** The profile of these: one sample for each stack; `session` is that of the main thread, of which all frames are. */
export async function goroutineProfile(
  { timeNanos, list, comments }: Goroutines,
  surroundings: Surroundings,
  session: Session,
): Promise<Profile> {
  const type = { type: "goroutine", unit: "count" };
  const builder = new ProfileBuilder({
    sampleTypes: [type],
    periodType: type,
    period: 1,
    timeNanos,
    comments,
  });
  const frames = new Frames(builder, surroundings);
  await frames.load(
    session,
    list.flatMap((goroutine) => goroutine.frames),
  );
  for (const { state, millis, thread, frames: stack, count } of list) {
    const waited = millis < 1000 ? [] : [{ key: "waited", value: Math.floor(millis / 1000), unit: "seconds" }];
    const locations = stack.length > 0 ? stack.map((frame) => frames.site(frame)) : [frames.named(`(${state})`)];
    builder.sample(locations, [count], [{ key: "state", value: state }, { key: "thread", value: thread }, ...waited]);
  }
  return builder.build();
}

/** A dump as Go prints its goroutines when a program crashes, at the original sources. */
export async function goroutineDump(
  { list, comments }: Goroutines,
  { scripts, running }: Surroundings,
  session: Session,
): Promise<string> {
  const places = new Places(scripts, running);
  const left = await places.load(
    session,
    list.flatMap(({ frames }) => frames),
  );
  const said = [...comments, ...left];
  let id = 0;
  const blocks: string[] = [];
  for (const { state, millis, thread, frames, count } of list) {
    const minutes = Math.floor(millis / 60_000);
    const status = minutes > 0 ? `${state}, ${minutes} minutes` : state;
    const lines = frames.map((frame) => {
      const { name, file, line } = places.site(frame);
      return `${oneLine(name)}()\n\t${oneLine(file || "(native)")}:${line}\n`;
    });
    const text = lines.join("") || `(${oneLine(thread)})()\n\t(native):0\n`;
    for (let i = 0; i < count; i++) blocks.push(`goroutine ${++id} [${status}]:\n${text}`);
  }
  return `${blocks.join("\n")}${said.map((comment) => `\n# ${oneLine(comment)}`).join("")}\n`;
}

async function readThread({ name, session }: Thread): Promise<Goroutine> {
  const timeout = new AbortController();
  const frames = await Promise.race([
    readCurrent(session),
    sleep(INTERRUPT_MILLIS, undefined, { signal: timeout.signal, ref: true }),
  ]).finally(() => timeout.abort());
  if (frames === undefined) return { state: "syscall", millis: 0, thread: name, frames: [], count: 1 };
  const own = withoutOwn(frames);
  return { state: own.length > 0 ? "running" : "idle", millis: 0, thread: name, frames: own, count: 1 };
}

async function readCurrent(session: Session): Promise<readonly SiteFrame[]> {
  const { result, exceptionDetails } = await evaluate<SiteFrame[]>(session, currentStack, AT_ONCE);
  if (exceptionDetails === undefined) return result.value;
  // What is thrown and no `Error` has the stack of what runs, and no more, which V8 takes for who has `Runtime` enabled.
  await session.post("Runtime.enable");
  try {
    const thrown = await evaluate(session, thrownStack, AT_ONCE);
    const frames = thrown.exceptionDetails?.stackTrace?.callFrames ?? [];
    return frames
      .filter(({ url }) => url !== OWN_SOURCE)
      .slice(0, MAX_FRAMES)
      .map((frame) => [frame.functionName, frame.url, frame.lineNumber + 1, frame.columnNumber + 1, 0, 0]);
  } finally {
    await session.post("Runtime.disable");
  }
}
