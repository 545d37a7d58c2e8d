import { listen, startCpuProfile, stopCpuProfile } from "@pprof-ts/runtime";

/** A way to run the service. */
interface ModeRow {
  /** What is there all the time. */
  prepare(): Promise<{ readonly url?: string } | undefined>;
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  /** Whether the throughput is measured while it captures. */
  readonly capturesUnderLoad: boolean;
}

export type Mode =
  | "bare"
  | "at rest"
  | "recorder"
  | "100 Hz"
  | "1 kHz"
  | "datadog 100 Hz"
  | "datadog 1 kHz"
  | "datadog warm"
  | "soak";

const nothing = async (): Promise<undefined> => undefined;
const none = { prepare: nothing, start: nothing, stop: nothing, capturesUnderLoad: false };
const ours = {
  prepare: () => listen({ port: 0 }),
  start: () => startCpuProfile(),
  stop: () => stopCpuProfile(),
};

function datadog(intervalMicros: number): ModeRow {
  // Imported late: it is native code, and not for every machine.
  const time = async (): Promise<typeof import("@datadog/pprof").time> => (await import("@datadog/pprof")).time;
  return {
    prepare: async () => void (await time()),
    start: async () => (await time()).start({ intervalMicros, durationMillis: 60_000 }),
    stop: async () => (await time()).stop(),
    capturesUnderLoad: true,
  };
}

export const modes: Readonly<Record<Mode, ModeRow>> = {
  bare: none,
  "at rest": { ...ours, capturesUnderLoad: false },
  recorder: { ...ours, prepare: () => listen({ port: 0, keep: "1m" }), capturesUnderLoad: false },
  "100 Hz": { ...ours, capturesUnderLoad: true },
  "1 kHz": { ...ours, start: () => startCpuProfile(undefined, 1000), capturesUnderLoad: true },
  "datadog 100 Hz": datadog(10_000),
  "datadog 1 kHz": datadog(1_000),
  // As long-running agents use it: started once, and each profile begins the next.
  "datadog warm": {
    prepare: async () => void (await datadog(10_000).start()),
    start: nothing,
    stop: async () => (await import("@datadog/pprof")).time.stop(true),
    capturesUnderLoad: false,
  },
  soak: { ...ours, prepare: () => listen({ port: 0, keep: "1m", blockProfileRate: 50e6 }), capturesUnderLoad: false },
};
