import type { Thread, Threads } from "../inspector/threads.ts";
import { CpuSampler } from "./cpu-sampler.ts";
import type { Slice } from "./slice.ts";
import type { ConsoleProfiles } from "./thread-profiler.ts";
import type { V8Clock } from "./v8-clock.ts";

/** However long is asked for, the recorder holds no more than this. Ten minutes of a busy thread take 0.3 to 3 MB. */
const MAX_BYTES = 64 * 2 ** 20;

interface Kept {
  readonly endMillis: number;
  readonly thread: Thread;
  readonly slice: Slice;
}

/**
 * The flight recorder: keeps V8's CPU profiler of the main thread running, and the samples of the past minutes.
 *
 * So a capture at its rate, or one that divides it, begins at once, however large the heap is. Workers are sampled while a
 * capture goes on: a command to a worker is never without danger (`worker-commands.ts`).
 */
export class Recorder {
  readonly rate: number;
  readonly #threads: Threads;
  readonly #clock: V8Clock;
  readonly #console: ConsoleProfiles | undefined;
  readonly #ending: AbortSignal | undefined;
  readonly keepMillis: number;
  readonly #kept: Kept[] = [];
  #bytes = 0;
  #sampler: Promise<CpuSampler> | undefined;

  /** `keepMillis`: for how long samples are remembered; 0: not at all. */
  constructor(
    threads: Threads,
    clock: V8Clock,
    rate: number,
    keepMillis: number,
    console: ConsoleProfiles | undefined,
    ending: AbortSignal | undefined,
  ) {
    this.#ending = ending;
    this.#console = console;
    this.#threads = threads;
    this.#clock = clock;
    this.rate = rate;
    this.keepMillis = keepMillis;
  }

  get keeps(): boolean {
    return this.keepMillis > 0;
  }

  /** Whether a capture at this rate can be made of its samples: of all, or of one in so many (100 Hz of 1,000 are each tenth). */
  serves(rate: number): boolean {
    return this.rate % rate === 0;
  }

  /** Whether it samples, and is not paused. */
  get samples(): boolean {
    return this.#sampler !== undefined;
  }

  /** Which other client of the inspector the main thread's profiler is not kept warm for. */
  async disturbed(): Promise<string | undefined> {
    return (await this.#sampler)?.disturbed;
  }

  /** Begins, unless it has, and resolves with what samples. */
  start(): Promise<CpuSampler> {
    this.#sampler ??= this.#start().catch((error: unknown) => {
      this.#sampler = undefined;
      throw error;
    });
    return this.#sampler;
  }

  /** V8 has one rate at a time: what samples at another one comes between `pause` and `start`. */
  async pause(): Promise<void> {
    const sampler = await this.#sampler?.catch(() => undefined);
    this.#sampler = undefined;
    await sampler?.stop();
  }

  /** What was recorded since this time, in order, by thread. */
  async since(millis: number): Promise<Map<Thread, Slice[]>> {
    await (await this.#sampler)?.cut();
    const found = new Map<Thread, Slice[]>();
    for (const { endMillis, thread, slice } of this.#kept) {
      if (endMillis <= millis) continue;
      const known = found.get(thread);
      if (known === undefined) found.set(thread, [slice]);
      else known.push(slice);
    }
    return found;
  }

  async #start(): Promise<CpuSampler> {
    const sampler = new CpuSampler(this.#threads, this.#clock, this.rate, this.#console, this.#ending);
    await sampler.openMain();
    if (this.keeps) sampler.listen((thread, slice) => this.#keep(thread, slice), false);
    return sampler;
  }

  #keep(thread: Thread, slice: Slice): void {
    const endMillis = Date.now();
    this.#kept.push({ endMillis, thread, slice });
    this.#bytes += slice.size;
    while (this.#bytes > MAX_BYTES || this.#kept[0]!.endMillis < endMillis - this.keepMillis) {
      this.#bytes -= this.#kept.shift()!.slice.size;
    }
  }
}
