import { renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { BroadcastChannel } from "node:worker_threads";
import { gzipSync } from "node:zlib";
import { encode, merge, type Profile, setLabel, writeGoTrace } from "@pprof-ts/profile";
import type { CpuOptions, RecordedKind, Recording } from "../../exchange/messages.ts";
import { WORKER_ENDS_CHANNEL, type WorkerEnds } from "../../exchange/worker-ends-channel.ts";
import type { OpenCapture } from "../cpu/cpu-profiler.ts";
import { goroutineProfile, readStacks } from "../goroutine/goroutine.ts";
import { collectors } from "./collectors.ts";
import type { Profilers } from "./profilers.ts";

/** How long it is until what there is is written, and again, in milliseconds. */
const FIRST_MILLIS = 250;
/** What writing takes at most of the time of this thread. */
const WRITE_SHARE = 0.05;
/** For how long the event loop must be held to be in `block`, in nanoseconds. */
const BLOCK_NANOS = 20e6;
/**
 * How long the end of the process may wait for what is written only then: a trace, or the CPU samples of a short program. With large
 * scripts, which are read for the places of their functions, that takes 0.2 s and more.
 */
const END_MILLIS = 2_000;
const FOR_NOBODY = new AbortController().signal;

/** Profiles of a moment: what is written later stands in place of what was before. */
const OF_A_MOMENT: ReadonlySet<RecordedKind> = new Set(["heap", "allocs", "goroutine", "block", "mutex"]);

/**
 * Records a process from its first line to its end, for `pprof run`. What there is is written from time to time, for a process that is
 * killed: of the CPU samples, all as one profile. At the end the rest of them is written beside it, which takes no longer for a program
 * that ran for long.
 */
export class Recorder {
  /** How long the end of the process may wait for it. */
  readonly endMillis: number = END_MILLIS;
  readonly #profilers: Profilers;
  readonly #recording: Recording;
  readonly #cpu: CpuOptions;
  readonly #name: string;
  /** Of the files. */
  readonly #stem: string;
  #capture: OpenCapture | undefined;
  /** The interval of what is recorded now, and its CPU samples that have been written. */
  #interval: number;
  #written: Profile | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #hasWaiting = false;
  #ended = false;
  /** Whether nothing can be written any more: who has asked for it is gone, or the disk is full. */
  #isGone = false;

  /** `name`: of the process. */
  constructor(profilers: Profilers, recording: Recording, name: string) {
    this.#profilers = profilers;
    this.#recording = recording;
    this.#name = name;
    this.#stem = `${process.pid}-${Date.now().toString(36)}`;
    this.#cpu = { rate: recording.cpuRate, lines: recording.tests ? "auto" : false, timeline: recording.cpuTimes };
    this.#interval = this.#intervalNow();
  }

  async begin(): Promise<void> {
    const { commandLine } = this.#profilers.surroundings.program;
    // Who it was, also where it leaves nothing else.
    this.#put(".json", Buffer.from(JSON.stringify({ name: this.#name, parent: process.ppid, commandLine })));
    if (this.#isGone) return;
    try {
      const { threads, cpu, heap, block } = await this.#profilers.inspect();
      threads.turnover.isIgnored = true;
      if (this.#records("cpu")) {
        // Labels are read by another sampler.
        if (!this.#recording.tests) await cpu.keep(this.#cpu.rate, 0);
        this.#capture = await cpu.begin(this.#cpu);
        hearWorkerEnds((title) => cpu.cutEnding(title));
      }
      if (this.#records("heap")) await heap.sample("live");
      if (this.#records("allocs")) await heap.sample("all");
      if (this.#records("block")) await block.watch(BLOCK_NANOS);
      // The program notes what it does when its event loop turns first.
      if (this.#records("trace")) await this.#profilers.tracer.start(undefined);
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
    const suffix = this.#suffix();
    const acts = [
      rest?.then((part) => this.#put(`.cpu${suffix}.end.pb.gz`, this.#packed(part))),
      ...this.#recording.kinds.filter((kind) => OF_A_MOMENT.has(kind)).map((kind) => this.#putMoment(kind)),
      this.#records("trace")
        ? this.#profilers.tracer.stop().then((trace) => this.#put(".trace", writeGoTrace(trace)))
        : undefined,
    ];
    await Promise.allSettled(acts);
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    this.#put(".ended", Buffer.from(JSON.stringify({ cpuMicros: userCPUTime + systemCPUTime, peakKilobytes: maxRSS })));
  }

  #records(kind: RecordedKind): boolean {
    return this.#recording.kinds.includes(kind);
  }

  #wait(millis: number): void {
    const { everyMillis, sinceMillis } = this.#recording;
    const left = everyMillis > 0 ? sinceMillis + (this.#interval + 1) * everyMillis - Date.now() : millis;
    this.#timer = setTimeout(
      () => {
        this.#writing = this.#write().catch(() => {});
      },
      Math.max(Math.min(millis, left), 1),
    );
  }

  async #write(): Promise<void> {
    const begun = performance.now();
    const interval = this.#intervalNow();
    // What failed once may do the next time.
    if (this.#capture !== undefined) await this.#writeCpu(this.#capture).catch(() => {});
    for (const kind of this.#recording.kinds) {
      if (OF_A_MOMENT.has(kind) && !this.#ended) await this.#putMoment(kind).catch(() => {});
    }
    if (interval !== this.#interval) {
      this.#interval = interval;
      this.#written = undefined;
    }
    if (this.#isGone) await this.#leave();
    else if (!this.#ended) this.#wait(Math.max((performance.now() - begun) / WRITE_SHARE, FIRST_MILLIS));
  }

  /** The program goes on without being recorded. */
  async #leave(): Promise<void> {
    const capture = this.#capture;
    this.#capture = undefined;
    this.#written = undefined;
    await capture?.end();
  }

  async #writeCpu(before: OpenCapture): Promise<void> {
    const { cpu } = await this.#profilers.inspect();
    // The next one begins before this one ends, so that nothing is missing between.
    const next = await cpu.begin(this.#cpu);
    if (this.#ended) return;
    this.#capture = next;
    const part = await before.end();
    this.#written = this.#written === undefined ? part : merge([this.#written, part]);
    this.#put(`.cpu${this.#suffix()}.pb.gz`, this.#packed(this.#written));
  }

  async #putMoment(kind: RecordedKind): Promise<void> {
    const profile = await this.#moment(kind);
    if (profile !== undefined) this.#put(`.${kind}${this.#suffix()}.pb.gz`, this.#packed(profile));
  }

  /** Undefined: what was written before says more. */
  async #moment(kind: RecordedKind): Promise<Profile | undefined> {
    const { surroundings, ending } = this.#profilers;
    if (kind === "goroutine" && ending.aborted) {
      if (this.#hasWaiting) return undefined;
      const { main } = (await this.#profilers.inspect()).threads;
      return goroutineProfile(await readStacks(main), surroundings, main.session);
    }
    const profile = await collectors
      .find(({ name }) => name === kind)!
      .collect(this.#profilers, new URLSearchParams(), FOR_NOBODY);
    this.#hasWaiting ||= kind === "goroutine";
    return profile;
  }

  #intervalNow(): number {
    const { everyMillis, sinceMillis } = this.#recording;
    return everyMillis > 0 ? Math.max(Math.floor((Date.now() - sinceMillis) / everyMillis), 0) : 0;
  }

  #suffix(): string {
    return this.#recording.everyMillis > 0 ? `-${this.#interval}` : "";
  }

  #packed(profile: Profile): Uint8Array {
    return gzipSync(encode(setLabel(setLabel(profile, "process", this.#name), "pid", String(process.pid))));
  }

  /** Whole or not at all, for the process may be ended at any time. */
  #put(ending: string, bytes: Uint8Array): void {
    const file = path.join(this.#recording.directory, `${this.#stem}${ending}`);
    try {
      writeFileSync(`${file}.part`, bytes, { mode: 0o600 });
      renameSync(`${file}.part`, file);
    } catch {
      this.#isGone = true;
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
