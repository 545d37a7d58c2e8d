import type { Profile } from "@pprof-ts/profile";
import type { RecordedKind } from "@pprof-ts/runtime/attach";
import type { Environment } from "../../host/environment.ts";
import { recordingEnvironment } from "../../run/environment.ts";
import { CPU_RATE, TESTS_RATE } from "../../run/rates.ts";
import { Recorded, type RecordedProcess } from "../../run/recorded.ts";
import { type EndedCommand, runCommand } from "./command.ts";

/** What one run has told. */
export interface Measured {
  readonly wallNanos: number;
  /** Processor time of the command and all below it; undefined where the system does not say. */
  readonly cpuNanos: number | undefined;
  /** What the largest of its Node processes had in memory at most; undefined where none has said. */
  readonly peakBytes: number | undefined;
  /** By kind. */
  readonly profiles: ReadonlyMap<string, Profile>;
}

/** A run to its end, and what there is to say of it. */
export interface Ran {
  readonly ended: EndedCommand;
  readonly measured: Measured;
  readonly processes: readonly RecordedProcess[];
  /** Those that were ended before they had written all. */
  readonly killed: readonly RecordedProcess[];
  /** Why processes could not be recorded. */
  readonly failures: readonly string[];
}

export interface MeasureOptions {
  readonly cwd: string;
  readonly env: Environment;
  /** The file that gets what the command prints. */
  readonly log: string;
  readonly kinds: readonly RecordedKind[];
  /** Whether samples have labels. */
  readonly cases: boolean;
  readonly stop: AbortSignal;
}

/** CPU samples a second. */
export function rateOf(cases: boolean): number {
  return cases ? TESTS_RATE : CPU_RATE;
}

/** Runs the command once, with all its Node processes recorded. */
export async function measure(command: readonly string[], options: MeasureOptions): Promise<Ran> {
  const { cwd, env, log, kinds, cases, stop } = options;
  const intervals = { everyMillis: 0, sinceMillis: Date.now(), over: (): void => {} };
  using recorded = new Recorded(intervals);
  const { directory } = recorded;
  const { everyMillis, sinceMillis } = intervals;
  const recording = {
    directory,
    kinds,
    cpuRate: rateOf(cases),
    cpuTimes: false,
    tests: cases,
    everyMillis,
    sinceMillis,
  };
  const ended = await runCommand(command, { cwd, env: recordingEnvironment(recording, command, env), log, stop });
  const { profiles, processes, killed, failures, spent } = await recorded.finish();
  ended.endRest();
  const nodeNanos = spent.reduce((sum, { cpuMicros }) => sum + cpuMicros * 1e3, 0);
  return {
    ended,
    measured: {
      wallNanos: ended.wallNanos,
      cpuNanos: ended.cpuNanos ?? (spent.length > 0 ? nodeNanos : undefined),
      peakBytes: spent.length > 0 ? Math.max(...spent.map(({ peakBytes }) => peakBytes)) : undefined,
      profiles,
    },
    processes,
    killed,
    failures,
  };
}
