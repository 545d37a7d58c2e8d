import { Addresses } from "./addresses.ts";
import { BlockProfiler } from "./block.ts";
import { CpuProfiler } from "./cpu.ts";
import type { Program, Surroundings } from "./frames.ts";
import { GOROUTINE_HEAP } from "./goroutine.ts";
import { HeapProfiler } from "./heap.ts";
import { Scripts } from "./scripts.ts";
import { MainThreadSession } from "./session.ts";
import { Threads } from "./threads.ts";

/** Everything that holds the inspector's session of a process, once there is one. */
export interface Inspected {
  readonly threads: Threads;
  readonly cpu: CpuProfiler;
  readonly heap: HeapProfiler;
  readonly block: BlockProfiler;
}

export interface ProfilersOptions {
  readonly program: Program;
  /** The profiler's own thread, which is not profiled. */
  readonly ownUrl: string;
  /** Whether the program may use the inspector. */
  readonly permitted: boolean;
  /** Bytes between two heap samples; 0: none are taken. */
  readonly memRate: number;
}

/** The profilers of this process. The inspector is connected when the first of them is asked for. */
export class Profilers {
  readonly surroundings: Surroundings;
  readonly #options: ProfilersOptions;
  /** One int32, 1 while a session is open, for the main thread to see at its exit. */
  readonly #attached: Int32Array;
  /** The largest heap in bytes that is searched for what waits, unless somebody insists. */
  goroutineHeap: number = GOROUTINE_HEAP;
  #session: MainThreadSession | undefined;
  #inspected: Promise<Inspected> | undefined;

  constructor(options: ProfilersOptions, attached: Int32Array) {
    this.#options = options;
    this.#attached = attached;
    this.surroundings = { scripts: new Scripts(), addresses: new Addresses(), program: options.program };
  }

  /** Connects; a connection that failed is tried again the next time. */
  inspect(): Promise<Inspected> {
    this.#inspected ??= this.#connect().catch((error: unknown) => {
      this.#inspected = undefined;
      throw error;
    });
    return this.#inspected;
  }

  /** Lets go of the inspector: Node waits at its exit for sessions that are open, and says so on standard error. */
  release(): void {
    this.#session?.disconnect();
    this.#session = undefined;
    Atomics.store(this.#attached, 0, 0);
    Atomics.notify(this.#attached, 0);
  }

  async #connect(): Promise<Inspected> {
    Atomics.store(this.#attached, 0, 1);
    try {
      const session = await MainThreadSession.connect(this.#options.permitted);
      this.#session = session;
      const threads = new Threads(session, this.#options.ownUrl);
      return {
        threads,
        cpu: new CpuProfiler(threads, this.surroundings),
        heap: new HeapProfiler(session, this.surroundings, this.#options.memRate),
        block: new BlockProfiler(session),
      };
    } catch (error) {
      Atomics.store(this.#attached, 0, 0);
      throw error;
    }
  }
}
