import { setTimeout as sleep } from "node:timers/promises";
import { listen, startCpuProfile, stopCpuProfile, withLabels } from "@pprof-ts/runtime";

/** A way to run the service. */
interface ModeRow {
  /** What is there all the time. */
  prepare(): Promise<{ readonly url?: string } | undefined>;
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  /** How often the throughput is compared: ratios near 1 have to be told from it. */
  readonly pairs: number;
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
  | "not warm, 100 Hz"
  | "lines, 100 Hz"
  | "lines, 1 kHz"
  | "labels, 100 Hz"
  | "labels, 1 kHz"
  | "datadog 100 Hz"
  | "datadog 1 kHz"
  | "datadog warm"
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
  const gone = new AbortController();
  let url = "";
  return {
    ...ours,
    async prepare() {
      const listener = await listen({ port: 0 });
      url = listener.url;
      return listener;
    },
    async start() {
      void fetch(`${url}profile?seconds=600&${query}`, { signal: gone.signal }).catch(() => {});
      await sleep(500);
    },
    stop: async () => gone.abort(),
    capturesUnderLoad: true,
  };
}
/** Labels its work, once: from then on captures look for labels. */
function labelled(rate: number): ModeRow {
  return {
    ...ours,
    start: () => withLabels({ route: "/" }, () => startCpuProfile(undefined, rate)),
    capturesUnderLoad: true,
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

export const modes: Readonly<Record<Mode, ModeRow>> = {
  bare: { prepare: nothing, start: nothing, stop: nothing, pairs: 0, stalls: true },
  "at rest": { ...ours, pairs: 100, pauses: true },
  "at rest, not warm": { ...cold, pairs: 20 },
  recorder: { ...ours, prepare: () => listen({ port: 0, keep: "1m" }), pairs: 60, stalls: true },
  "100 Hz": capturing,
  "1 kHz": { ...capturing, start: () => startCpuProfile(undefined, 1000) },
  "not warm, 100 Hz": { ...cold, pairs: 0, stalls: true },
  "lines, 100 Hz": asked("lines=1"),
  "lines, 1 kHz": asked("lines=1&rate=1000"),
  "labels, 100 Hz": labelled(100),
  "labels, 1 kHz": labelled(1000),
  "datadog 100 Hz": datadog(10_000),
  "datadog 1 kHz": datadog(1_000),
  // As long-running agents use it: started once, and each profile begins the next.
  "datadog warm": {
    prepare: async () => void (await datadog(10_000).start()),
    start: nothing,
    stop: async () => (await import("@datadog/pprof")).time.stop(true),
    pairs: 16,
    stalls: true,
  },
  soak: { ...ours, prepare: () => listen({ port: 0, keep: "1m", blockProfileRate: 50e6 }), pairs: 0 },
};
