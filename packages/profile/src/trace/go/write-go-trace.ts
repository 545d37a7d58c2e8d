import { ProfileError } from "../../error.ts";
import { WireWriter } from "../../proto/wire.ts";
import { NO_THREAD, TRACE_EVENTS, type Trace, type TraceEventName } from "../trace.ts";
import { GO_EVENT, GO_STATUS, HEADER_BYTES, PROC_STATUS } from "./events.ts";
import { GenerationWriter } from "./generation-writer.ts";

/** What Go 1.22 to 1.26 and the tools beside them read. */
const HEADER = "go 1.22 trace";
/** A file that is cut off is read up to its last whole generation. */
const GENERATION_NANOS = 1e9;
/** A time of 0 means none in some places. */
const FIRST_TIME = 1_000_000;

interface Goroutine {
  status: number;
  /** The generation that has its status, and how often it was started and unblocked since that stood there. */
  generation: number;
  sequence: number;
}

interface Proc {
  status: number;
  generation: number;
  sequence: number;
}

/** What a thread has, as of now; 0 and undefined: nothing. */
interface Thread {
  proc: number | undefined;
  goroutine: number;
}

/** What stands in the columns of one event. */
interface Row {
  readonly name: TraceEventName;
  readonly time: number;
  readonly thread: number;
  readonly goroutine: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly stack: number;
}

/**
 * Writes a trace in the format of `go tool trace`, which cannot say everything: counters but the heap's are left out. Throws
 * where an event contradicts those before, for a reader would give up on the whole file.
 */
export function writeGoTrace(trace: Trace): Uint8Array {
  return new GoTraceWriter(trace).write();
}

class GoTraceWriter {
  readonly #trace: Trace;
  readonly #out = new WireWriter(1 << 16);
  readonly #goroutines = new Map<number, Goroutine>();
  readonly #procs = new Map<number, Proc>();
  readonly #threads = new Map<number, Thread>();
  /** What happens on no thread stands on one that runs nothing. */
  readonly #nowhere: number;
  #generation = 0;
  /** Whether the world stands still, which must not go on into another generation: Go looks its reason up there. */
  #stands = false;
  #writer: GenerationWriter;
  #collections = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#writer = new GenerationWriter(trace, 1, FIRST_TIME);
    this.#nowhere = trace.events.thread.reduce((most, thread) => Math.max(most, thread), 0) + 2;
  }

  write(): Uint8Array {
    const header = new Uint8Array(HEADER_BYTES);
    new TextEncoder().encodeInto(HEADER, header);
    this.#out.raw(header);
    const { events } = this.#trace;
    let end = Number.NEGATIVE_INFINITY;
    let last = 0;
    for (let i = 0; i < events.length; i++) {
      // Equal times are fine, and no thread may go back.
      last = Math.max(last, Math.round(events.time[i]!));
      const time = FIRST_TIME + last;
      if (time >= end && !this.#stands) {
        if (this.#generation > 0) this.#writer.finish(this.#out);
        this.#writer = new GenerationWriter(this.#trace, ++this.#generation, time);
        end = time + GENERATION_NANOS;
      }
      this.#event(i, time);
    }
    if (this.#generation > 0) this.#writer.finish(this.#out);
    return this.#out.finish();
  }

  #event(i: number, time: number): void {
    const { events } = this.#trace;
    const row: Row = {
      name: TRACE_EVENTS[events.kind[i]!]!.name,
      time,
      thread: events.thread[i]!,
      goroutine: events.goroutine[i]!,
      a: events.a[i]!,
      b: events.b[i]!,
      c: events.c[i]!,
      stack: events.stack[i]!,
    };
    try {
      this.#write[row.name](row);
    } catch (error) {
      if (!(error instanceof ProfileError)) throw error;
      throw new ProfileError(`invalid trace: event ${i}, ${row.name} on thread ${row.thread}: ${error.message}`);
    }
  }

  /** How each event is written. */
  readonly #write: Readonly<Record<TraceEventName, (row: Row) => void>> = {
    procs: (row) => this.#annotate(row, "ProcsChange", row.a, this.#writer.stack(row.stack)),
    "proc-start": (row) => {
      const thread = this.#thread(row);
      if (thread.proc !== undefined) throw new ProfileError(`it has proc ${thread.proc}`);
      const proc = this.#procs.get(row.a);
      if (proc === undefined) this.#procs.set(row.a, { status: PROC_STATUS.running, generation: 0, sequence: 0 });
      else if (proc.status !== PROC_STATUS.idle) throw new ProfileError(`proc ${row.a} is not idle`);
      else {
        this.#know(row.a, row);
        proc.status = PROC_STATUS.running;
        this.#emit(row, "ProcStart", row.a, ++proc.sequence);
      }
      thread.proc = row.a;
      if (proc === undefined) this.#know(row.a, row);
    },
    "proc-stop": (row) => {
      const thread = this.#settled(row);
      if (thread.goroutine !== 0) throw new ProfileError(`goroutine ${thread.goroutine} runs there`);
      this.#procs.get(thread.proc!)!.status = PROC_STATUS.idle;
      thread.proc = undefined;
      this.#emit(row, "ProcStop");
    },
    present: (row) => {
      if (this.#generation > 1) throw new ProfileError("the first second of the trace is over");
      if (this.#goroutines.has(row.goroutine)) throw new ProfileError(`goroutine ${row.goroutine} is there`);
      this.#goroutines.set(row.goroutine, { status: GO_STATUS.waiting, generation: 0, sequence: 0 });
      this.#meet(row);
    },
    create: (row) => {
      this.#settled(row);
      if (this.#goroutines.has(row.goroutine)) throw new ProfileError(`goroutine ${row.goroutine} is there`);
      this.#goroutines.set(row.goroutine, { status: GO_STATUS.runnable, generation: this.#generation, sequence: 0 });
      this.#emit(row, "GoCreate", row.goroutine, this.#writer.stack(row.a), this.#writer.stack(row.stack));
    },
    run: (row) => {
      const thread = this.#settled(row);
      if (thread.goroutine !== 0) throw new ProfileError(`goroutine ${thread.goroutine} runs there`);
      const goroutine = this.#meet(row);
      if (goroutine.status !== GO_STATUS.runnable) throw new ProfileError(`goroutine ${row.goroutine} may not run`);
      goroutine.status = GO_STATUS.running;
      thread.goroutine = row.goroutine;
      this.#emit(row, "GoStart", row.goroutine, ++goroutine.sequence);
    },
    yield: (row) => this.#leave(row, "GoStop", GO_STATUS.runnable),
    wait: (row) => this.#leave(row, "GoBlock", GO_STATUS.waiting),
    end: (row) => this.#leave(row, "GoDestroy", undefined),
    ready: (row) => {
      const goroutine = this.#meet(row);
      if (goroutine.status !== GO_STATUS.waiting) throw new ProfileError(`goroutine ${row.goroutine} does not wait`);
      goroutine.status = GO_STATUS.runnable;
      this.#emit(row, "GoUnblock", row.goroutine, ++goroutine.sequence, this.#writer.stack(row.stack));
    },
    "call-begin": (row) => {
      const { proc, goroutine } = this.#running(row);
      this.#goroutines.get(goroutine)!.status = GO_STATUS.syscall;
      const own = this.#procs.get(proc)!;
      own.status = PROC_STATUS.syscall;
      this.#emit(row, "GoSyscallBegin", ++own.sequence, this.#writer.stack(row.stack));
    },
    "call-end": (row) => {
      const { proc, goroutine } = this.#settled(row);
      const own = this.#goroutines.get(goroutine);
      if (own?.status !== GO_STATUS.syscall) throw new ProfileError("it is in no system call");
      own.status = GO_STATUS.running;
      this.#procs.get(proc!)!.status = PROC_STATUS.running;
      this.#emit(row, "GoSyscallEnd");
    },
    "stop-begin": (row) => {
      this.#annotate(row, "STWBegin", this.#writer.string(row.a), this.#writer.stack(row.stack));
      this.#stands = true;
    },
    "stop-end": (row) => {
      this.#annotate(row, "STWEnd");
      this.#stands = false;
    },
    "gc-begin": (row) => this.#annotate(row, "GCBegin", ++this.#collections, this.#writer.stack(row.stack)),
    "gc-end": (row) => this.#annotate(row, "GCEnd", ++this.#collections),
    heap: (row) => this.#measure(row, "HeapAlloc"),
    "heap-goal": (row) => this.#measure(row, "HeapGoal"),
    "task-begin": (row) =>
      this.#annotate(row, "UserTaskBegin", row.a, row.b, this.#writer.string(row.c), this.#writer.stack(row.stack)),
    "task-end": (row) => this.#annotate(row, "UserTaskEnd", row.a, this.#writer.stack(row.stack)),
    "region-begin": (row) => this.#region(row, "UserRegionBegin"),
    "region-end": (row) => this.#region(row, "UserRegionEnd"),
    log: (row) => {
      const texts = [this.#writer.string(row.b), this.#writer.string(row.c)];
      this.#annotate(row, "UserLog", row.a, ...texts, this.#writer.stack(row.stack));
    },
    counter: () => {},
    sample: (row) => {
      const { proc = -1 } = this.#threads.get(row.thread) ?? {};
      this.#writer.sample([row.time, row.thread + 1, proc, row.goroutine, this.#writer.stack(row.stack)]);
    },
  };

  #region(row: Row, event: string): void {
    this.#annotate(row, event, row.a, this.#writer.string(row.b), this.#writer.stack(row.stack));
  }

  #measure(row: Row, event: string): void {
    this.#settled(row);
    this.#emit(row, event, row.a);
  }

  /** Of the goroutine that runs on the thread. */
  #annotate(row: Row, event: string, ...args: number[]): void {
    this.#running(row);
    this.#emit(row, event, ...args);
  }

  /** The goroutine stops running on its thread, and is in this status then; undefined: it is no more. */
  #leave(row: Row, event: string, status: number | undefined): void {
    const { goroutine } = this.#running(row);
    if (goroutine !== row.goroutine) throw new ProfileError(`goroutine ${goroutine} runs there, not ${row.goroutine}`);
    if (status === undefined) this.#goroutines.delete(goroutine);
    else this.#goroutines.get(goroutine)!.status = status;
    this.#threads.get(row.thread)!.goroutine = 0;
    const why = status === undefined ? [] : [this.#writer.string(row.a), this.#writer.stack(row.stack)];
    this.#emit(row, event, ...why);
  }

  /** What runs on the thread of an event, which must have a proc and a goroutine. */
  #running(row: Row): { readonly proc: number; readonly goroutine: number } {
    const { proc, goroutine } = this.#settled(row);
    if (this.#goroutines.get(goroutine)?.status !== GO_STATUS.running)
      throw new ProfileError("no goroutine runs there");
    return { proc: proc!, goroutine };
  }

  /** The thread of an event, which must have a proc; the statuses of both are in this generation. */
  #settled(row: Row): Thread {
    const thread = this.#thread(row);
    if (thread.proc === undefined) throw new ProfileError("it has no proc");
    return thread;
  }

  #thread(row: Row): Thread {
    if (row.thread === NO_THREAD) throw new ProfileError("there is no thread");
    let thread = this.#threads.get(row.thread);
    if (thread === undefined) {
      thread = { proc: undefined, goroutine: 0 };
      this.#threads.set(row.thread, thread);
    }
    if (thread.proc !== undefined) this.#know(thread.proc, row);
    if (thread.goroutine !== 0) this.#meet({ ...row, goroutine: thread.goroutine });
    return thread;
  }

  /** Has the status of a proc in this generation. */
  #know(number: number, row: Row): void {
    const proc = this.#procs.get(number)!;
    if (proc.generation === this.#generation) return;
    proc.generation = this.#generation;
    proc.sequence = 0;
    this.#emit(row, "ProcStatus", number, proc.status);
  }

  /** The goroutine of an event, whose status is in this generation; those that nobody mentions are left out of it. */
  #meet(row: Row): Goroutine {
    const goroutine = this.#goroutines.get(row.goroutine);
    if (goroutine === undefined) throw new ProfileError(`there is no goroutine ${row.goroutine}`);
    if (goroutine.generation === this.#generation) return goroutine;
    goroutine.generation = this.#generation;
    goroutine.sequence = 0;
    const { status } = goroutine;
    if (status === GO_STATUS.running || status === GO_STATUS.syscall) {
      this.#emit(row, "GoStatus", row.goroutine, row.thread + 1, status);
    } else this.#emit(row, "GoStatus", row.goroutine, this.#nowhere, status);
    return goroutine;
  }

  /** Threads are numbered from 1 there. */
  #emit({ thread, time }: Row, event: string, ...args: number[]): void {
    this.#writer.event(thread === NO_THREAD ? this.#nowhere : thread + 1, GO_EVENT[event]!, time, args);
  }
}
