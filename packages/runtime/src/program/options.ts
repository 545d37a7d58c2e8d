import path from "node:path";
import process from "node:process";
import { RuntimeError } from "../error.ts";
import type { Limits, Pushing, Tuning } from "../exchange/messages.ts";
import { CPU_RATE } from "../exchange/rates.ts";
import { agentThread } from "./agent-instance.ts";
import { parseDuration } from "./duration.ts";
import { sampleBuffers, setBlockProfileRate, setMutexProfileFraction } from "./rates.ts";
import { passEndingSignals } from "./record/ending-signals.ts";
import { registry } from "./record/registry.ts";

/** For how long samples are kept for `onExit`. */
const EXIT_KEEP = "1m";
/** What the dumps of each signal that is listened to wait for. */
const heard = new Map<string, Promise<unknown>>();

/** How the process is profiled. Each holds for the whole process, until it is set again. */
export interface ProfilingOptions {
  /** Bytes allocated between two heap samples; default 512 KiB, 0 for none. */
  readonly memProfileRate?: number;
  /** Counts all allocations since now for `allocs`; `heap` then has no live objects, for V8 cannot sample both. */
  readonly allocs?: boolean;
  /** See `setBlockProfileRate`. */
  readonly blockProfileRate?: number;
  /** See `setMutexProfileFraction`. */
  readonly mutexProfileFraction?: number;
  /**
   * For how long a request may hold a thread for what can be done without, such as "250ms", the default: finding what waits
   * for `goroutine`, `gc=1` of `heap`, `allocs`, and what `keepHeap` and `keepGoroutine` take. What would hold it longer, as
   * this process's past and its heap tell, is left out or refused, in a sentence; `?full=1` has it done all the same.
   */
  readonly stallBudget?: string | number;
  /**
   * For how long all of these together may in a minute, `?full=1` included; default "6s", a tenth of it. Beyond, they are
   * refused for as long as is said (429). `heap` and `profile` never are.
   */
  readonly stallBudgetPerMinute?: string | number;
  /** The longest time that a request may ask for, in seconds; default 3600. */
  readonly maxSeconds?: number;
  /**
   * Keeps the CPU profiler of the main thread running from now on, at this many samples a second (true: 100), so that a capture
   * at that rate, or one that divides it, begins at once however large the heap is by then; default true. Costs less than 1 % of
   * the thread at 100 and about 3 % at 1000, and 1 to 3 ms of it in each three seconds or 300 samples. Without, and at another
   * rate, V8 walks the heap as a capture begins, which stops the program for 1 ms per MB; those of workers always do.
   */
  readonly warm?: boolean | number;
  /** Keeps the samples of the profilers that `warm` keeps running for this long, such as "5m", for `profile?last=60`. */
  readonly keep?: string | number;
  /**
   * Takes a heap profile each so often, such as "1m", for `heap?last=300`: the oldest of the last 300 seconds. Needs `keep`.
   * Each stops the program as `heap` does, for about 0.5 ms per MB of heap; what `stallBudget` has no room for is left out.
   */
  readonly keepHeap?: string | number;
  /** As `keepHeap`, for `goroutine?last=300`. Each stops the program for 16 to 21 ms per MB of heap, where `stallBudget` has room for that. */
  readonly keepGoroutine?: string | number;
  /**
   * Keeps the main thread traced at level L, and what was noted for this long, such as "30s", for `trace?last=10`; its CPU samples as
   * well, as `keep` does. Costs 2 to 3 µs for each request and 0.3 µs for each turn of the event loop.
   */
  readonly keepTrace?: string | number;
  /** Writes the trace of the last seconds to `stallDirectory` when a request took this long, such as "2s"; needs `keepTrace`. */
  readonly onSlow?: string | number;
  /** Writes the last samples to `stallDirectory` when the main thread's event loop was held this long, such as "500ms"; needs `keep`. With `keepTrace`, the trace as well. */
  readonly onStall?: string | number;
  /**
   * Hosts from which source maps may be got that scripts name by an http or https URL, such as `maps.example.com`, or
   * `localhost:8080` for one port of it; default: none. Redirections are not followed.
   */
  readonly sourceMapHosts?: readonly string[];
  /**
   * A directory to which the last CPU samples, the heap and what waits are written when the process exits, is signalled (SIGHUP,
   * SIGINT, SIGQUIT, SIGTERM, SIGUSR2) or dies of an uncaught error; that takes 200 ms at most. Keeps the samples of the last minute, unless `keep`
   * says for how long; what waits is that of the last `keepGoroutine`, and else who has ended the process. A signal is waited
   * for until the event loop turns.
   */
  readonly onExit?: string;
  /** A signal that has the same written while the program goes on, such as "SIGUSR2"; needs `onExit`. */
  readonly onSignal?: string;
  /** Default: the working directory. */
  readonly stallDirectory?: string;
  /**
   * Sends the CPU profile of each `pushEvery`, and the heap profile each minute, to a collector at this http or https address, such as
   * "http://localhost:4040": as Pyroscope's `/ingest` takes them, and `pprof collect`. Default: none is sent. While nobody takes them, the
   * last eight wait; what the process did since the last one is not sent at its end.
   */
  readonly push?: string;
  /** Default: "15s", at least a second. */
  readonly pushEvery?: string | number;
  /** What the service is called there; default: as the script. */
  readonly pushName?: string;
  /** What is sent as `Authorization: Bearer …`. */
  readonly pushToken?: string;
}

/** What the options let a request take. */
export function limitsOf({ maxSeconds, sourceMapHosts, ...options }: ProfilingOptions): Limits {
  const stallBudget = durationOf(options.stallBudget, "stallBudget (PPROF_STALL_BUDGET)");
  const perMinute = "stallBudgetPerMinute (PPROF_STALL_BUDGET_PER_MINUTE)";
  const stallBudgetPerMinute = durationOf(options.stallBudgetPerMinute, perMinute);
  if (stallBudgetPerMinute === 0) {
    throw new RuntimeError(`invalid ${perMinute} "${options.stallBudgetPerMinute}": must be more than nothing`);
  }
  return {
    ...(stallBudget === undefined ? {} : { stallBudget }),
    ...(stallBudgetPerMinute === undefined ? {} : { stallBudgetPerMinute }),
    ...(maxSeconds === undefined ? {} : { maxSeconds }),
    ...(sourceMapHosts === undefined ? {} : { sourceMapHosts }),
  };
}

const PUSH_EVERY = "15s";

/** Where profiles are sent; undefined: nowhere. */
function pushingOf({ push, pushEvery, pushName, pushToken }: ProfilingOptions): Pushing | undefined {
  if (push === undefined) {
    const idle = Object.entries({ pushEvery, pushName, pushToken }).find(([, value]) => value !== undefined);
    if (idle !== undefined)
      throw new RuntimeError(`${idle[0]} needs push (PPROF_PUSH), which says where profiles are sent`);
    return undefined;
  }
  const what = "pushEvery (PPROF_PUSH_EVERY)";
  const everyMillis = parseDuration(pushEvery ?? PUSH_EVERY, what);
  if (everyMillis < 1000) throw new RuntimeError(`invalid ${what} "${pushEvery}": must be a second or more`);
  return {
    url: push,
    everyMillis,
    ...(pushName === undefined ? {} : { name: pushName }),
    ...(pushToken === undefined ? {} : { token: pushToken }),
  };
}

/** Checks what the options, each of them checked, mean together, and returns the function that applies them; `holds`: the process stays alive until they are. */
export function profilingOf(options: ProfilingOptions): (holds: boolean) => Promise<void> {
  const {
    memProfileRate,
    allocs,
    warm,
    keep,
    keepHeap,
    keepGoroutine,
    keepTrace,
    onSlow,
    onStall,
    mutexProfileFraction,
  } = options;
  const limits = limitsOf(options);
  const push = pushingOf(options);
  const { onExit, onSignal } = options;
  if (onSignal !== undefined && onExit === undefined) {
    throw new RuntimeError(`invalid onSignal (PPROF_ON_SIGNAL) "${onSignal}": needs onExit (PPROF_ON_EXIT)`);
  }
  const keepTraceMillis = durationOf(keepTrace, "keepTrace (PPROF_KEEP_TRACE)");
  const slowMillis = durationOf(onSlow, "onSlow (PPROF_SLOW)");
  if (slowMillis !== undefined && !keepTraceMillis) {
    throw new RuntimeError("onSlow (PPROF_SLOW) needs keepTrace (PPROF_KEEP_TRACE): it writes what was traced before");
  }
  // Of a trace that is kept, samples are kept as well.
  const keptAnyway = (keepTraceMillis ? keepTrace : undefined) ?? (onExit === undefined ? undefined : EXIT_KEEP);
  const keepMillis = durationOf(keep ?? keptAnyway, "keep (PPROF_KEEP)");
  const stallMillis = durationOf(onStall, "onStall (PPROF_STALL)");
  if (stallMillis !== undefined && !keepMillis) {
    throw new RuntimeError("onStall (PPROF_STALL) needs keep (PPROF_KEEP): it writes what was recorded before");
  }
  const snapshots = {
    heap: parseDuration(keepHeap ?? 0, "keepHeap (PPROF_KEEP_HEAP)"),
    goroutine: parseDuration(keepGoroutine ?? 0, "keepGoroutine (PPROF_KEEP_GOROUTINE)"),
  };
  if (snapshots.heap + snapshots.goroutine > 0 && !keepMillis) {
    throw new RuntimeError(
      "keepHeap (PPROF_KEEP_HEAP) and keepGoroutine (PPROF_KEEP_GOROUTINE) need keep (PPROF_KEEP), which says for how long",
    );
  }
  const blockRate = options.blockProfileRate ?? (stallMillis && stallMillis * 1e6);
  const directory = path.resolve(options.stallDirectory ?? ".");
  const tuning: Tuning = {
    ...limits,
    samplesHeap: true,
    warm: warm !== false && warm !== 0,
    ...(warm === true ? { warmRate: CPU_RATE } : warm ? { warmRate: warm } : {}),
    ...(memProfileRate === undefined ? {} : { memRate: memProfileRate }),
    ...(allocs === undefined ? {} : { allocs }),
    ...(keepMillis === undefined ? {} : { keepMillis, snapshots }),
    ...(keepTraceMillis === undefined ? {} : { keepTraceMillis }),
    ...(slowMillis === undefined ? {} : { slow: { millis: slowMillis, directory } }),
    ...(onExit === undefined ? {} : { exitDirectory: path.resolve(onExit) }),
    ...(stallMillis === undefined ? {} : { stall: { millis: stallMillis, directory } }),
    ...(push === undefined ? {} : { push }),
  };
  return async (holds) => {
    const acts = [
      () => sampleBuffers(memProfileRate),
      () => mutexProfileFraction !== undefined && setMutexProfileFraction(mutexProfileFraction),
      async () => {
        await agentThread().ask("tune", tuning, { holds });
        if (memProfileRate !== undefined) registry().memRate = memProfileRate;
        if (onExit !== undefined) passEndingSignals();
        if (blockRate !== undefined) await setBlockProfileRate(blockRate);
      },
    ];
    // Not by an iterator, which the program may have taken away by now.
    for (let i = 0; i < acts.length; i++) {
      try {
        await acts[i]!();
      } catch {
        // Without an inspector, or where the program has taken away what it needs by now, what needs none is served all the
        // same, and each profile says what it lacks.
      }
    }
  };
}

/**
 * Has a signal write the last profiles: from now on, for it would end a program that is still starting, and as soon as what is
 * waited for is there. Where that fails the signal does nothing, and is listened to all the same.
 */
export function dumpOn(signal: string, ready: Promise<unknown>): void {
  const listens = heard.has(signal);
  heard.set(signal, ready);
  if (!listens) process.on(signal, () => void dump(signal).catch(() => {}));
}

async function dump(signal: string): Promise<void> {
  await heard.get(signal);
  await agentThread().ask("dump", null, { holds: false });
}

function durationOf(given: string | number | undefined, what: string): number | undefined {
  return given === undefined ? undefined : parseDuration(given, what);
}
