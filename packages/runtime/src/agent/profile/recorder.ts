import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { BroadcastChannel } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { encode, merge, type Profile, setLabel } from "@pprof-ts/profile";
import type { CpuOptions, Recording } from "../../exchange/messages.ts";
import { WORKER_ENDS_CHANNEL, type WorkerEnds } from "../../exchange/worker-ends-channel.ts";
import type { OpenCapture } from "../cpu/cpu-profiler.ts";
import type { Profilers } from "./profilers.ts";

/** How long it is until what there is is written, and again, in milliseconds. */
const FIRST_MILLIS = 250;
/** What writing takes at most of the time of this thread. */
const WRITE_SHARE = 0.05;

/**
 * Records a process from its first line to its end, for `pprof run`. What there is is written from time to time, for a process that is
 * killed: all of it as one profile. At the end the rest is written beside it, which takes no longer for a program that ran for long.
 */
export class Recorder {
  readonly #profilers: Profilers;
  readonly #recording: Recording;
  readonly #cpu: CpuOptions;
  readonly #name: string;
  /** Of the files. */
  readonly #stem: string;
  #capture: OpenCapture | undefined;
  #written: Profile | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #ended = false;

  /** `name`: of the process. */
  constructor(profilers: Profilers, recording: Recording, name: string) {
    this.#profilers = profilers;
    this.#recording = recording;
    this.#name = name;
    this.#stem = `${process.pid}-${Date.now().toString(36)}`;
    this.#cpu = { rate: recording.cpuRate, lines: false, timeline: false };
  }

  async begin(): Promise<void> {
    const { commandLine } = this.#profilers.surroundings.program;
    const { ppid } = process;
    // Who it was, also where it leaves nothing else.
    this.#put(".json", Buffer.from(JSON.stringify({ name: this.#name, ppid, commandLine })));
    try {
      const { cpu } = await this.#profilers.inspect();
      await cpu.keep(this.#cpu.rate, 0);
      this.#capture = await cpu.begin(this.#cpu);
      hearWorkerEnds((title) => cpu.cutEnding(title));
    } catch (error) {
      this.#put(".failed", Buffer.from(error instanceof Error ? error.message : String(error)));
      return;
    }
    this.#wait(FIRST_MILLIS);
  }

  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    const rest = this.#capture?.end();
    // What was being written is whole before this, or was not there before.
    await this.#writing;
    if (rest !== undefined) this.#put(".cpu.end.pb.gz", this.#packed(await rest));
  }

  #wait(millis: number): void {
    this.#timer = setTimeout(() => {
      this.#writing = this.#write().catch(() => {});
    }, millis);
  }

  async #write(): Promise<void> {
    const begun = performance.now();
    const before = this.#capture!;
    const { cpu } = await this.#profilers.inspect();
    // The next one begins before this one ends, so that nothing is missing between.
    const next = await cpu.begin(this.#cpu);
    if (this.#ended) return;
    this.#capture = next;
    const part = await before.end();
    this.#written = this.#written === undefined ? part : merge([this.#written, part]);
    this.#put(".cpu.pb.gz", this.#packed(this.#written));
    if (!this.#ended) this.#wait(Math.max((performance.now() - begun) / WRITE_SHARE, FIRST_MILLIS));
  }

  #packed(profile: Profile): Uint8Array {
    return gzipSync(encode(setLabel(setLabel(profile, "process", this.#name), "pid", String(process.pid))));
  }

  /** Whole or not at all, for the process may be ended at any time; whoever has asked for it may be gone. */
  #put(ending: string, bytes: Uint8Array): void {
    const file = path.join(this.#recording.directory, `${this.#stem}${ending}`);
    try {
      writeFileSync(`${file}.part`, bytes, { mode: 0o600 });
      renameSync(`${file}.part`, file);
    } catch {
      rmSync(`${file}.part`, { force: true });
    }
  }
}

/** Has workers that end by themselves wait until `cut` has their last samples. */
function hearWorkerEnds(cut: (title: string) => Promise<void>): void {
  const channel = new BroadcastChannel(WORKER_ENDS_CHANNEL);
  channel.onmessage = async (message: unknown) => {
    const { thread, taken } = (message as { readonly data: WorkerEnds }).data;
    await cut(`[worker ${thread}]`).catch(() => {});
    Atomics.store(taken, 0, 1);
    Atomics.notify(taken, 0);
  };
}
