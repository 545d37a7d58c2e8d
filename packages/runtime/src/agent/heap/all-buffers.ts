import type { BufferRow } from "../../program/record/buffers.ts";
import type { Thread, Threads } from "../inspector/threads.ts";
import { type Buffers, buffersSince, readBuffers } from "./buffer-samples.ts";
import { WorkerBuffers } from "./worker-buffers.ts";

/** The Buffers of all threads at one time. */
export interface KnownBuffers {
  readonly main: Buffers;
  /** Of the workers that count theirs, ended ones too, by how their titles begin. */
  readonly workers: ReadonlyMap<string, readonly BufferRow[]>;
}

/** Those of a thread. */
export interface ThreadBuffers {
  readonly thread: Pick<Thread, "name"> & Partial<Thread>;
  readonly rows: readonly BufferRow[];
}

/** The Buffers of all threads that sample them: the main thread's are read there, and workers count theirs where that is seen. */
export class AllBuffers {
  readonly #threads: Threads;
  readonly #workers = new WorkerBuffers();

  constructor(threads: Threads) {
    this.#threads = threads;
  }

  async read(): Promise<KnownBuffers> {
    return { main: await this.ofMain(), workers: this.#workers.all() };
  }

  ofMain(): Promise<Buffers> {
    return readBuffers(this.#threads.main.session);
  }

  ofWorker({ name }: Thread): BufferRow[] {
    return this.#workers.rows(name);
  }

  /** What was allocated between two times, undefined: since the start; `there`: the workers that have not ended. */
  since(before: KnownBuffers | undefined, after: KnownBuffers, there: readonly Thread[]): ThreadBuffers[] {
    const { main } = this.#threads;
    const gained: ThreadBuffers[] = [{ thread: main, rows: buffersSince(before?.main.rows ?? [], after.main.rows) }];
    for (const [title, now] of after.workers) {
      const thread = there.find(({ name }) => name.startsWith(title));
      const rows = buffersSince(before?.workers.get(title) ?? [], now);
      // Of one that has ended nothing is alive.
      if (thread === undefined)
        gained.push({ thread: { name: title }, rows: rows.map((row) => ({ ...row, liveObjects: 0, liveBytes: 0 })) });
      else gained.push({ thread, rows });
    }
    return gained;
  }
}
