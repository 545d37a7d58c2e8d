import type { Access } from "../http/access/access.ts";
import type { Answer, CallData } from "../http/call.ts";
import type { Address } from "./listen-address.ts";
import type { Program } from "./program.ts";

/** How the process is profiled; what is left out stays as it is. */
export interface Tuning {
  /** Whether the heap is sampled from now on, unless it is already or its rate is 0. */
  readonly samplesHeap?: boolean;
  /** Bytes between two heap samples; 0 ends sampling. */
  readonly memRate?: number;
  /** Whether the heap sampler counts all allocations since the start, and not live objects. */
  readonly allocs?: boolean;
  /** For how many milliseconds a request may hold a thread for what can be done without. */
  readonly stallBudget?: number;
  /** For how many all of these together may in a minute. */
  readonly stallBudgetPerMinute?: number;
  /** The longest time in seconds that a request may ask for. */
  readonly maxSeconds?: number;
  /** Keeps the CPU profiler running. */
  readonly warm?: boolean;
  /** At how many samples a second. */
  readonly warmRate?: number;
  /** Keeps the CPU profiler running, and its samples for this many milliseconds. */
  readonly keepMillis?: number;
  /** The hosts that source maps with a URL may be got from. */
  readonly sourceMapHosts?: readonly string[];
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
  /** Writes profiles to the directory of those of the end; the files. */
  readonly dump: { readonly ask: null; readonly result: readonly string[] };
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
  /** To begin and end CPU profiles by the inspector's console. */
  | { readonly asked: number; readonly begin: string | undefined; readonly end: string | undefined };

/** What the agent is started with. */
export interface AgentData {
  readonly program: Program;
  /** What this process is called among others of its program. */
  readonly processName: string;
  /** What the program lacks to use the inspector; "": nothing. Connecting without it does not fail: Node aborts the process. */
  readonly inspectorLacks: string;
  /** One int32: 1 while the agent works, in which the process must not end. */
  readonly working: SharedArrayBuffer;
  /** One int32: 1 as soon as the program has labelled its work. */
  readonly labelled: SharedArrayBuffer;
}
