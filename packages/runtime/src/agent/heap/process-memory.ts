import { readFile } from "node:fs/promises";
import { evaluate } from "../inspector/evaluate.ts";
import type { Session } from "../inspector/session.ts";
import type { Thread } from "../inspector/threads.ts";
import { within } from "../inspector/within.ts";

/** How long a worker thread may take to answer: in native code, it does when that is done. */
export const WORKER_MILLIS = 3_000;

/** What V8 and Node say of the memory of a thread. */
export interface ThreadMemory extends Omit<NodeJS.MemoryUsage, "rss"> {
  /** Compiled code, which is a part of the heap. */
  readonly code: number;
  /** What V8 has allocated for itself outside of the heap: for its parser and its compilers, and handles. */
  readonly engine: number;
}

/** A part of the process's memory that no sample shows. */
export interface MemoryRow {
  readonly name: string;
  /** Undefined: of the whole process. */
  readonly thread: string | undefined;
  readonly bytes: number;
}

/** Run in the thread. */
const expression = `({
  ...process.memoryUsage(),
  engine: (({ malloced_memory, total_global_handles_size }) => malloced_memory + total_global_handles_size)(
    process.getBuiltinModule("node:v8").getHeapStatistics()),
  code: process.getBuiltinModule("node:v8").getHeapSpaceStatistics()
    .filter(({ space_name }) => space_name.startsWith("code_"))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0),
})`;

/** How large the heap of a thread is, garbage included. */
export async function readHeapBytes(session: Session): Promise<number> {
  return (await session.post<HeapUsage>("Runtime.getHeapUsage")).usedSize;
}

export async function readMainMemory(session: Session): Promise<ThreadMemory> {
  return (await evaluate<ThreadMemory>(session, expression, { returnByValue: true })).result.value;
}

interface HeapUsage {
  readonly usedSize: number;
  readonly totalSize: number;
  /** Since Node 24: memory outside of the heap that its objects hold. */
  readonly backingStorageSize?: number;
}

/** What a worker tells without running JavaScript (`worker-commands.ts`). */
export async function readWorkerMemory(session: Session): Promise<ThreadMemory> {
  const { usedSize, totalSize, backingStorageSize } = await session.post<HeapUsage>("Runtime.getHeapUsage");
  return {
    heapUsed: usedSize,
    heapTotal: totalSize,
    external: backingStorageSize ?? 0,
    arrayBuffers: 0,
    code: 0,
    engine: 0,
  };
}

/** What the system tells of the resident memory, where it does. */
export interface Mapped {
  /** Of files that are mapped, such as the program of Node itself. */
  readonly files: number;
  /** What is shared with other processes, such as files in memory. */
  readonly shared: number;
}

export async function readMapped(): Promise<Mapped> {
  const status = await readFile("/proc/self/status", "latin1").catch(() => "");
  const bytesOf = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) * 1024;
  return { files: bytesOf("RssFile"), shared: bytesOf("RssShmem") };
}

/** What explains the rest of the resident memory: with the sampled bytes of each thread, the sum is `rss`. */
export function unsampled(
  threads: readonly {
    readonly name: string;
    readonly memory: ThreadMemory;
    readonly sampled: number;
    /** Of its Buffers, as they were sampled. */
    readonly inBuffers: number;
  }[],
  own: NodeJS.MemoryUsage,
  mapped: Mapped,
  rss: number,
): { readonly rows: readonly MemoryRow[]; readonly absent: number } {
  const rows: { -readonly [Key in keyof MemoryRow]: MemoryRow[Key] }[] = [];
  let explained = 0;
  const add = (name: string, thread: string | undefined, bytes: number): void => {
    if (bytes <= 0) return;
    rows.push({ name, thread, bytes });
    explained += bytes;
  };
  for (const { name, memory, sampled, inBuffers } of threads) {
    const { heapTotal, heapUsed, external, arrayBuffers, code, engine } = memory;
    explained += sampled + inBuffers;
    add("(array buffers)", name, arrayBuffers - inBuffers);
    // Of a worker it is not told how much of it is in array buffers.
    add("(external memory)", name, external - Math.max(arrayBuffers, inBuffers));
    const unseen = Math.max(heapUsed - sampled, 0);
    add("(compiled code)", name, Math.min(code, unseen));
    add("(heap, not sampled)", name, unseen - code);
    add("(heap, free)", name, heapTotal - Math.max(heapUsed, sampled));
    add("(V8: parser, compilers, handles)", name, engine);
  }
  add("(profiler)", undefined, own.heapTotal + own.external);
  add("(mapped files: Node, libraries)", undefined, mapped.files);
  add("(shared memory)", undefined, mapped.shared);
  add("(native: malloc, stacks)", undefined, rss - explained);
  // What V8 has reserved and not used yet is the first that is not resident.
  for (const row of rows.filter(({ name }) => name === "(heap, free)")) {
    const absent = Math.min(Math.max(explained - rss, 0), row.bytes);
    row.bytes -= absent;
    explained -= absent;
  }
  return { rows: rows.filter(({ bytes }) => bytes > 0), absent: Math.max(explained - rss, 0) };
}

/** How large the heaps are of the threads that answer. */
export async function sizesOf(threads: Iterable<Thread>): Promise<Map<Thread, number>> {
  const sizes = new Map<Thread, number>();
  const asked = [...threads].map(async (thread) => {
    sizes.set(thread, await within(WORKER_MILLIS, readHeapBytes(thread.session)));
  });
  await Promise.allSettled(asked);
  return sizes;
}
