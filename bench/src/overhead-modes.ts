import { setTimeout as sleep } from "node:timers/promises";
import { listen, startCpuProfile, stopCpuProfile } from "@pprof-ts/runtime";

/** A way to run the service. */
interface ModeRow {
  /** What is there all the time. */
  prepare(): Promise<{ readonly url?: string } | undefined>;
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  /** How often the throughput is compared: ratios near 1 have to be told from it. */
  readonly pairs: number;
  /** What it is compared with, unless that is `bare`. */
  readonly beside?: Mode;
  /** Whether the service labels its requests. */
  readonly labels?: boolean;
  /** Whether the throughput is measured while it captures. */
  readonly capturesUnderLoad?: boolean;
  /** Whether the stalls of a capture are measured. */
  readonly stalls?: boolean;
  /** Whether the pauses of `heap` and `goroutine` are measured. */
  readonly pauses?: boolean;
}

export type Mode =
  | "bare"
  | "at rest"
  | "at rest, not warm"
  | "recorder"
  | "100 Hz"
  | "1 kHz"
  | "warm at 1 kHz, 1 kHz"
  | "warm at 1 kHz, 100 Hz"
  | "not warm, 100 Hz"
  | "lines, 100 Hz"
  | "lines, 1 kHz"
  | "labels"
  | "labels, 100 Hz"
  | "labels, 1 kHz"
  | "datadog 100 Hz"
  | "datadog 1 kHz"
  | "datadog warm"
  | "datadog warm, 1 kHz"
  | "soak";

const nothing = async (): Promise<undefined> => undefined;
const ours = {
  prepare: () => listen({ port: 0 }),
  start: () => startCpuProfile(),
  stop: () => stopCpuProfile(),
  pairs: 16,
};
const capturing = { ...ours, capturesUnderLoad: true, stalls: true };
const cold = { ...ours, prepare: () => listen({ port: 0, warm: false }) };
/** A capture of the endpoint, for what the functions of the API do not ask for; it is ended by going away. */
function asked(query: string): ModeRow {
  let gone: AbortController;
  let url = "";
  return {
    ...ours,
    async prepare() {
      const listener = await listen({ port: 0 });
      url = listener.url;
      return listener;
    },
    async start() {
      gone = new AbortController();
      void fetch(`${url}profile?seconds=600&${query}`, { signal: gone.signal }).catch(() => {});
      await sleep(500);
    },
    stop: async () => gone.abort(),
    capturesUnderLoad: true,
  };
}
/** Beside a service that labels its requests as well: what `AsyncLocalStorage` costs is the row `labels`. */
function labelled(rate: number): ModeRow {
  return {
    ...ours,
    start: () => startCpuProfile(undefined, rate),
    beside: "labels",
    labels: true,
    capturesUnderLoad: true,
  };
}

/** The profiler is kept running at 1 kHz, so it costs the same before and after the capture. */
function warmAt1kHz(rate: number): ModeRow {
  return {
    ...capturing,
    prepare: () => listen({ port: 0, warm: 1000 }),
    start: () => startCpuProfile(undefined, rate),
  };
}

function datadog(intervalMicros: number): ModeRow {
  // Imported late: it is native code, and not for every machine.
  const time = async (): Promise<typeof import("@datadog/pprof").time> => (await import("@datadog/pprof")).time;
  return {
    prepare: async () => void (await time()),
    start: async () => (await time()).start({ intervalMicros, durationMillis: 60_000 }),
    stop: async () => (await time()).stop(),
    pairs: 16,
    capturesUnderLoad: true,
    stalls: true,
  };
}

/** As long-running agents use it: started once, and each profile begins the next. */
function datadogWarm(intervalMicros: number): ModeRow {
  return {
    prepare: async () => void (await datadog(intervalMicros).start()),
    start: nothing,
    stop: async () => (await import("@datadog/pprof")).time.stop(true),
    pairs: 16,
    stalls: true,
  };
}

export const modes: Readonly<Record<Mode, ModeRow>> = {
  bare: { prepare: nothing, start: nothing, stop: nothing, pairs: 0, stalls: true },
  "at rest": { ...ours, pairs: 100, pauses: true },
  "at rest, not warm": { ...cold, pairs: 20 },
  recorder: { ...ours, prepare: () => listen({ port: 0, keep: "1m" }), pairs: 60, stalls: true },
  "100 Hz": capturing,
  "1 kHz": { ...capturing, start: () => startCpuProfile(undefined, 1000) },
  "warm at 1 kHz, 1 kHz": warmAt1kHz(1000),
  "warm at 1 kHz, 100 Hz": warmAt1kHz(100),
  "not warm, 100 Hz": { ...cold, pairs: 0, stalls: true },
  "lines, 100 Hz": asked("lines=1"),
  "lines, 1 kHz": asked("lines=1&rate=1000"),
  // Labels alone, without a profiler.
  labels: { prepare: nothing, start: nothing, stop: nothing, pairs: 16, labels: true },
  "labels, 100 Hz": labelled(100),
  "labels, 1 kHz": labelled(1000),
  "datadog 100 Hz": datadog(10_000),
  "datadog 1 kHz": datadog(1_000),
  "datadog warm": datadogWarm(10_000),
  "datadog warm, 1 kHz": datadogWarm(1_000),
  // Whatever it costs: it is asked for more than a program in production would be.
  soak: {
    ...ours,
    prepare: () =>
      listen({ port: 0, keep: "1m", blockProfileRate: 50e6, stallBudget: "1m", stallBudgetPerMinute: "1h" }),
    pairs: 0,
  },
};
