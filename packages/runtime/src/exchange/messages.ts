import type { MessagePort } from "node:worker_threads";
import type { Access } from "../http/access/access.ts";
import type { Answer, CallData } from "../http/call.ts";
import type { Address } from "./listen-address.ts";
import type { OwnPlaces } from "./own-places.ts";
import type { Program } from "./program.ts";

/** What a request may take; what is left out stays as it is. */
export interface Limits {
  /** For how many milliseconds a request may hold a thread for what can be done without. */
  readonly stallBudget?: number;
  /** For how many all of these together may in a minute. */
  readonly stallBudgetPerMinute?: number;
  /** The longest time in seconds that a request may ask for. */
  readonly maxSeconds?: number;
  /** The hosts that source maps with a URL may be got from. */
  readonly sourceMapHosts?: readonly string[];
}

/** How the process is profiled; what is left out stays as it is. */
export interface Tuning extends Limits {
  /** Whether the heap is sampled from now on, unless it is already or its rate is 0. */
  readonly samplesHeap?: boolean;
  /** Bytes between two heap samples; 0 ends sampling. */
  readonly memRate?: number;
  /** Whether the heap sampler counts all allocations since the start, and not live objects. */
  readonly allocs?: boolean;
  /** Keeps the CPU profiler running. */
  readonly warm?: boolean;
  /** At how many samples a second. */
  readonly warmRate?: number;
  /** Keeps the CPU profiler running, and its samples for this many milliseconds. */
  readonly keepMillis?: number;
  /** Keeps the main thread traced, and what was noted for this many milliseconds; 0: no more. */
  readonly keepTraceMillis?: number;
  /** Writes that to a directory when a request took this many milliseconds. */
  readonly slow?: { readonly millis: number; readonly directory: string };
  /** Takes heap and goroutine profiles each so many milliseconds, for `last`; 0: none. */
  readonly snapshots?: { readonly heap: number; readonly goroutine: number };
  /** Writes the last samples to a directory when the event loop was held for this many milliseconds. */
  readonly stall?: { readonly millis: number; readonly directory: string };
  /** Where profiles are written when the process ends. */
  readonly exitDirectory?: string;
  /** Whether contention of locks is recorded. */
  readonly mutex?: boolean;
  /** The longest time in nanoseconds for which an event loop may be held without being noticed; 0: they are not watched. */
  readonly blockRate?: number;
  /** Where profiles are sent again and again. */
  readonly push?: Pushing;
}

/** Where profiles are sent, how often, and as whose. */
export interface Pushing {
  readonly url: string;
  readonly everyMillis: number;
  /** What the service is called; undefined: as its script. */
  readonly name?: string;
  readonly token?: string;
}

/** What can be recorded of a process from its first line to its end. */
export type RecordedKind = "cpu" | "heap" | "allocs" | "goroutine" | "block" | "mutex" | "trace";

/** What `pprof run` has a process record. */
export interface Recording {
  /** Where it is written. */
  readonly directory: string;
  readonly kinds: readonly RecordedKind[];
  /** CPU samples a second. */
  readonly cpuRate: number;
  /** Whether each of them stands for itself, with its time. */
  readonly cpuTimes: boolean;
  /** Whether samples have the labels `test` and `file` of test runners. */
  readonly tests: boolean;
  /** Where there is to be a profile for each interval: how long that is, and when the first began, since 1970; 0: there is one. */
  readonly everyMillis: number;
  readonly sinceMillis: number;
}

/** How a CPU profile is taken. */
export interface CpuOptions {
  /** Samples a second. */
  readonly rate: number;
  /** The line of every frame; "auto": where the program labels its work, for the call-site sampler reads both. */
  readonly lines: boolean | "auto";
  /** A sample for each moment, with its time. */
  readonly timeline: boolean;
}

/** What the main thread asks of the agent, and what it gets. */
export interface Asks {
  readonly listen: {
    readonly ask: {
      readonly address: Address;
      readonly access: Access;
      /** Names by which the port may be asked. */
      readonly hosts: readonly string[];
      /** They hold before anybody can ask. */
      readonly limits: Limits;
      readonly announce: boolean;
      /** Whether all processes that have this setting share the port. */
      readonly shares: boolean;
    };
    readonly result: { readonly listener: number; readonly address: Address };
  };
  readonly close: { readonly ask: { readonly listener: number }; readonly result: undefined };
  readonly tune: { readonly ask: Tuning; readonly result: undefined };
  readonly startCpu: { readonly ask: CpuOptions; readonly result: undefined };
  /** The profile's bytes, gzipped. */
  readonly stopCpu: { readonly ask: null; readonly result: Uint8Array };
  /** `exact`: see `FromAgentAsking`. */
  readonly startTrace: { readonly ask: { readonly exact: boolean | undefined }; readonly result: undefined };
  /** The trace's bytes, for `go tool trace`. */
  readonly stopTrace: { readonly ask: null; readonly result: Uint8Array };
  /** Writes profiles to the directory of those of the end; the files. */
  readonly dump: { readonly ask: null; readonly result: readonly string[] };
  /** Resolves when it has begun. */
  readonly record: { readonly ask: Recording; readonly result: undefined };
  /** Has the processes of this group find this one. */
  readonly join: { readonly ask: { readonly group: string }; readonly result: undefined };
  /** `group`: for all processes of it. */
  readonly call: { readonly ask: CallData & { readonly group?: string | undefined }; readonly result: Answer };
}

export type AskName = keyof Asks;

export type ToAgent =
  | { readonly id: number; readonly name: AskName; readonly ask: Asks[AskName]["ask"] }
  | { readonly abort: number }
  | { readonly told: number; readonly value: unknown }
  /** To send this signal to a process, or group of them; `SIGNALS` says how far that is. */
  | { readonly signal: number; readonly pid: number }
  | "exit";

/** What the agent answers. */
export type FromAgent =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string; readonly code: string | undefined }
  | FromAgentAsking;

/** What the agent asks of the main thread's event loop. */
export type FromAgentAsking =
  /** Where it has no inspector to look with: the rows of a profile, or, undefined, all counts. */
  | { readonly asked: number; readonly rowsOf: string | undefined }
  /** To stand still from then on, until told to go on by the third of `working`, and for a moment at most. */
  | { readonly asked: number; readonly stands: true }
  /** To begin and end CPU profiles by the inspector's console. */
  | { readonly asked: number; readonly begin: string | undefined; readonly end: string | undefined }
  /** To note what it does in this ring (`trace-records.ts`); null: no more. `exact`: whether callbacks, too; undefined: where they cost little. */
  | { readonly asked: number; readonly ring: SharedArrayBuffer | null; readonly exact: boolean | undefined };

/** What the main thread answers to `begin` and `end`. */
export interface ByConsole {
  /** The other client who would be disturbed by a profile of the console, so that none was begun. */
  readonly disturbed: string | undefined;
  /** The program had loaded the inspector itself, and may have V8 count coverage. */
  readonly inspects: boolean;
}

/** What the main thread answers to `ring`. */
export interface TraceClock {
  /** Added to its milliseconds of `performance.now`, times of `process.hrtime`. */
  readonly offsetMillis: number;
  /** Whether it notes each callback. */
  readonly isExact: boolean;
}

/** The numbers in `working`, by what they say. */
export const WORKS = 0;
export const ENDS_COVERAGE = 1;
export const STANDS = 2;
export const SIGNALS = 3;
export const SIGNAL_ERROR = 4;
export const SAID = 5;
/** What `SIGNALS` is while the agent is asked to send a signal, while it does, and when it has. */
export const ASKED = 1;
export const TAKEN = 2;
export const SENT = 3;
/** What `WORKS` is where the process has come to its end before the agent began. */
export const ENDED = 2;

/** What the agent is started with. */
export interface AgentData {
  readonly program: Program;
  /** What this process is called among others of its program. */
  readonly processName: string;
  /** What the program lacks to use the inspector; "": nothing. Connecting without it does not fail: Node aborts the process. */
  readonly inspectorLacks: string;
  /**
   * Six int32. `WORKS`: 1 while the agent works, in which the process must not end, and `ENDED` where it is not to begin.
   * `ENDS_COVERAGE`: 1 as soon as V8 would end, with the agent's session of the inspector, what it counts for others. `STANDS`: not
   * 0 while the event loop stands still for the agent. `SIGNALS` and `SIGNAL_ERROR`: how far a signal is that the agent is to send, and
   * what the system has answered, as a negative number, or 0. `SAID`: how many messages have been sent by `early`.
   */
  readonly working: SharedArrayBuffer;
  /** By which the agent answers where the program waits for it before its event loop turns; undefined: as any worker does. */
  readonly early: MessagePort | undefined;
  /** One int32: 1 as soon as the program has labelled its work. */
  readonly labelled: SharedArrayBuffer;
  readonly own: OwnPlaces;
}
