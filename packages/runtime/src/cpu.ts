import { setTimeout as sleep } from "node:timers/promises";
import type { Profile } from "@pprof-ts/profile";
import { ProfileBuilder } from "@pprof-ts/profile";
import type { CpuProfile } from "./cpu-profile.ts";
import { addCpuSamples } from "./cpu-profile.ts";
import { RuntimeError } from "./error.ts";
import type { Program } from "./frames.ts";
import { Frames } from "./frames.ts";
import type { Scripts } from "./scripts.ts";
import type { Session } from "./session.ts";

/** Samples a second, as Go's. */
export const CPU_RATE = 100;

/** V8's CPU profiler, one capture at a time. */
export class CpuProfiler {
  readonly #session: Session;
  readonly #scripts: Scripts;
  readonly #program: Program;
  #busy = false;

  constructor(session: Session, scripts: Scripts, program: Program) {
    this.#session = session;
    this.#scripts = scripts;
    this.#program = program;
  }

  /** Records for this many seconds; rejects when the signal aborts, and while another capture runs. */
  async capture(seconds: number, rate: number, signal: AbortSignal): Promise<Profile> {
    if (this.#busy) throw new RuntimeError("cpu profiling already in use");
    this.#busy = true;
    try {
      return await this.#capture(seconds, rate, signal);
    } finally {
      this.#busy = false;
    }
  }

  async #capture(seconds: number, rate: number, signal: AbortSignal): Promise<Profile> {
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.setSamplingInterval", { interval: Math.round(1e6 / rate) });
    await this.#session.post("Profiler.start");
    const timeNanos = BigInt(Date.now()) * 1_000_000n;
    const started = process.hrtime.bigint();
    let recorded: CpuProfile;
    try {
      await sleep(seconds * 1000, undefined, { signal });
    } finally {
      recorded = (await this.#session.post<{ profile: CpuProfile }>("Profiler.stop")).profile;
      await this.#session.post("Profiler.disable");
    }
    const durationNanos = process.hrtime.bigint() - started;

    await this.#scripts.load(new Set(recorded.nodes.map(({ callFrame }) => callFrame.url)));
    const hot = recorded.nodes.filter(({ positionTicks }) => positionTicks !== undefined);
    await this.#scripts.scan(new Set(hot.map(({ callFrame }) => callFrame.url)));
    const builder = new ProfileBuilder({
      sampleTypes: [
        { type: "samples", unit: "count" },
        { type: "cpu", unit: "nanoseconds" },
      ],
      periodType: { type: "cpu", unit: "nanoseconds" },
      period: Math.round(1e9 / rate),
      timeNanos,
      durationNanos,
    });
    const frames = new Frames(builder, this.#scripts, this.#program);
    addCpuSamples(builder, frames, recorded, [{ key: "thread", value: "main" }]);
    return builder.build();
  }
}
