import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import { RuntimeError } from "../../error.ts";
import { ENDPOINTS, PROFILES } from "../../exchange/profile-names.ts";
import { MEM_RATE } from "../../exchange/rates.ts";
import { REGISTRY } from "../../exchange/registry-name.ts";
import { StackCounts, type StackRow } from "../../exchange/stack-counts.ts";
import type { SyncCall } from "../../exchange/sync-call.ts";
import { type Pristine, takePristine } from "../../target/pristine.ts";
import type { Labels } from "../../target/stack-reader.ts";
import { type BufferSamples, makeBufferSamples } from "./buffers.ts";
import { CustomProfile, type WriteProfile } from "./custom-profile.ts";

/**
 * What the program itself records, on its main thread. The agent reads it through the inspector, so also while the event
 * loop is blocked; under a symbol of the process, so that two copies of this package share one.
 */
export interface Registry {
  /** What the profiler's text means in this thread: taken before the program could change it, where this was loaded first. */
  readonly pristine: Pristine | undefined;
  readonly threadcreate: StackCounts;
  readonly mutex: StackCounts;
  /** Of how many contentions one is recorded; 0: none. */
  mutexFraction: number;
  /** Bytes between two heap samples. */
  memRate: number;
  readonly buffers: BufferSamples;
  /** The long calls of native code since they were last taken. */
  readonly syncCalls: SyncCall[];
  readonly custom: Map<string, CustomProfile>;
  /** The profiler's own copies of modules, by their files. */
  readonly copies: Record<string, unknown>;
  readonly labels: AsyncLocalStorage<Labels>;
  /** Not 0: labels were set, so that CPU profiles look for them. The agent sees it without asking. */
  readonly labelled: Int32Array<SharedArrayBuffer>;
  /** What a test runner tells of the test that runs, where it runs one at a time; undefined: nobody asks. */
  runningTest: (() => Labels | undefined) | undefined;
  /** The labels of the code that is running. */
  currentLabels(): Labels | undefined;
  /** The rows of a recorded profile; null where there is none of this name. */
  rows(name: string): readonly StackRow[] | null;
  counts(): Record<string, number>;
}

// The program may take its globals away, and this is asked for at any time.
const key = Symbol.for(REGISTRY);
const store = globalThis as unknown as Record<symbol, Registry | undefined>;
const { defineProperty } = Reflect;
const { create } = Object;

/** The registry of this process. */
export function registry(): Registry {
  if (store[key] === undefined) defineProperty(store, key, { value: makeRegistry() });
  return store[key]!;
}

const ownLabelled = new Int32Array(new SharedArrayBuffer(4));

/** What `labelled` of the registry is, or will be: the agent is started before there is one. */
export function labelledFlag(): Int32Array<SharedArrayBuffer> {
  return store[key]?.labelled ?? ownLabelled;
}

/** What `newProfile` may not be called: the names that are served anyway; the empty one is the index. */
const TAKEN: ReadonlySet<string> = new Set([...PROFILES, ...ENDPOINTS, ""]);

/** Adds a profile of the program's own, which is served by its name; a name that is taken is an error. */
export function addProfile(name: string, write: WriteProfile): CustomProfile {
  if (typeof name !== "string") throw new RuntimeError("invalid profile name: must be a string");
  const { custom } = registry();
  if (TAKEN.has(name) || custom.has(name)) throw new RuntimeError(`the profile name "${name}" is taken`);
  const profile = new CustomProfile(name, write);
  custom.set(name, profile);
  return profile;
}

function makeRegistry(): Registry {
  const threadcreate = new StackCounts();
  const mutex = new StackCounts();
  const custom = new Map<string, CustomProfile>();
  const labels = new AsyncLocalStorage<Labels>();
  // Both channels publish at once, within the call that creates, so the stack is the creator's.
  for (const channel of ["worker_threads", "child_process"]) subscribe(channel, () => threadcreate.add(2));
  const made: Registry = {
    pristine: takePristine(globalThis as unknown as Readonly<Record<string, unknown>>),
    threadcreate,
    mutex,
    mutexFraction: 0,
    memRate: MEM_RATE,
    buffers: makeBufferSamples(),
    syncCalls: [],
    custom,
    copies: create(null),
    labels,
    labelled: ownLabelled,
    runningTest: undefined,
    currentLabels() {
      const own = labels.getStore();
      const told = made.runningTest?.();
      return told === undefined ? own : { ...told, ...own };
    },
    rows(name) {
      if (name === "threadcreate") return threadcreate.rows();
      if (name === "mutex") return mutex.rows();
      return custom.get(name)?.rows() ?? null;
    },
    counts() {
      // Without a prototype: any name may be one that all objects have.
      const counts: Record<string, number> = create(null);
      counts.threadcreate = threadcreate.count;
      counts.mutex = mutex.count;
      for (const [name, profile] of custom) counts[name] = profile.count;
      return counts;
    },
  };
  return made;
}
