// Hot: translates each of 20 million events of a trace, which are read in some 15 s. Bench: bench/src/trace-pages.ts.

import { ProfileError } from "../../error.ts";
import type { ReadTrace } from "../read-trace.ts";
import type { Trace } from "../trace.ts";
import { TraceBuilder, type TraceEventFields, type TraceFrame } from "../trace-builder.ts";
import { GO_EVENTS, GO_STATUS, PROC_STATUS } from "./events.ts";
import type { Generation } from "./generations.ts";
import { type Ordered, orderedEvents } from "./ordered-events.ts";

/** Reads a trace in Go's format of 1.22 to 1.26; throws where nothing of it can be read. */
export function readGoTrace(bytes: Uint8Array): ReadTrace {
  const reading = new Reading();
  let broken: string | undefined;
  try {
    for (const ordered of orderedEvents(bytes)) reading.take(ordered);
  } catch (error) {
    if (!(error instanceof ProfileError) || reading.isEmpty) throw error;
    broken = error.message;
  }
  if (reading.isEmpty) throw new ProfileError("a trace without events");
  return { trace: reading.end(), broken };
}

/** Adds what an event says. */
type Teller = (args: readonly number[], of: Ordered) => void;

class Reading {
  readonly #builder = new TraceBuilder();
  #generation: Generation | undefined;
  #strings = new Map<number, number>();
  #stacks = new Map<number, number>();
  #first: number | undefined;
  #last = 0;

  get isEmpty(): boolean {
    return this.#builder.length === 0;
  }

  take(ordered: Ordered): void {
    if (ordered.generation !== this.#generation) {
      this.#generation = ordered.generation;
      this.#strings = new Map();
      this.#stacks = new Map();
    }
    this.#first ??= ordered.time;
    this.#last = ordered.time;
    const { event, sample, thread } = ordered;
    if (sample !== undefined) {
      const { goroutine, stack } = sample;
      this.#add("sample", { thread, goroutine, stack: this.#stack(stack) });
    } else this.#tellerOf[event!.type]?.(event!.args, ordered);
  }

  end(): Trace {
    return this.#builder.build(0n, this.#last - (this.#first ?? 0));
  }

  /** How each event is read; those that are not here say nothing that a `Trace` has. */
  readonly #tellers: Readonly<Record<string, Teller>> = {
    ProcsChange: ([a, stack], of) =>
      this.#add("procs", { thread: of.thread, goroutine: of.goroutine, a, stack: this.#stack(stack!) }),
    ProcStart: ([a], { thread }) => this.#add("proc-start", { thread, a }),
    ProcStop: (_args, { thread, proc }) => this.#add("proc-stop", { thread, a: proc }),
    ProcSteal: ([a, , thread]) => this.#add("proc-stop", { thread, a }),
    ProcStatus: ([a, status], { thread, isNew }) => {
      const runs = status === PROC_STATUS.running || status === PROC_STATUS.syscall;
      if (isNew && runs) this.#add("proc-start", { thread, a });
    },
    GoCreate: (args, of) => this.#create(args, of),
    GoCreateBlocked: (args, of) => {
      this.#create(args, of);
      this.#add("wait", { goroutine: args[0] });
    },
    GoCreateSyscall: ([goroutine], { thread }) => this.#add("call-begin", { thread, goroutine }),
    GoStart: ([goroutine], { thread }) => this.#add("run", { thread, goroutine }),
    GoDestroy: (_args, of) => this.#add("end", on(of)),
    GoDestroySyscall: (_args, of) => this.#add("end", on(of)),
    GoStop: ([reason, stack], of) =>
      this.#add("yield", {
        thread: of.thread,
        goroutine: of.goroutine,
        a: this.#text(reason!),
        stack: this.#stack(stack!),
      }),
    GoBlock: ([reason, stack], of) =>
      this.#add("wait", {
        thread: of.thread,
        goroutine: of.goroutine,
        a: this.#text(reason!),
        stack: this.#stack(stack!),
      }),
    GoUnblock: ([goroutine, , stack], { thread }) =>
      this.#add("ready", { thread, goroutine, stack: this.#stack(stack!) }),
    GoSwitch: ([goroutine], of) => {
      this.#add("ready", { thread: of.thread, goroutine });
      this.#add("wait", on(of));
      this.#add("run", { thread: of.thread, goroutine });
    },
    GoSwitchDestroy: ([goroutine], of) => {
      this.#add("ready", { thread: of.thread, goroutine });
      this.#add("end", on(of));
      this.#add("run", { thread: of.thread, goroutine });
    },
    GoSyscallBegin: ([, stack], of) =>
      this.#add("call-begin", { thread: of.thread, goroutine: of.goroutine, stack: this.#stack(stack!) }),
    GoSyscallEnd: (_args, of) => this.#add("call-end", on(of)),
    GoSyscallEndBlocked: (_args, { goroutine }) => this.#add("ready", { goroutine }),
    GoStatus: (args, of) => this.#status(args, of),
    GoStatusStack: (args, of) => this.#status(args, of),
    STWBegin: ([kind, stack], of) =>
      this.#add("stop-begin", {
        thread: of.thread,
        goroutine: of.goroutine,
        a: this.#text(kind!),
        stack: this.#stack(stack!),
      }),
    STWEnd: (_args, of) => this.#add("stop-end", on(of)),
    GCActive: (_args, of) => this.#add("gc-begin", on(of)),
    GCBegin: ([, stack], of) =>
      this.#add("gc-begin", { thread: of.thread, goroutine: of.goroutine, stack: this.#stack(stack!) }),
    GCEnd: (_args, of) => this.#add("gc-end", on(of)),
    HeapAlloc: ([a], { thread }) => this.#add("heap", { thread, a }),
    HeapGoal: ([a], { thread }) => this.#add("heap-goal", { thread, a }),
    UserTaskBegin: ([a, b, name, stack], of) =>
      this.#add("task-begin", {
        thread: of.thread,
        goroutine: of.goroutine,
        a,
        b,
        c: this.#text(name!),
        stack: this.#stack(stack!),
      }),
    UserTaskEnd: ([a, stack], of) =>
      this.#add("task-end", { thread: of.thread, goroutine: of.goroutine, a, stack: this.#stack(stack!) }),
    UserRegionBegin: ([a, name, stack], of) =>
      this.#add("region-begin", {
        thread: of.thread,
        goroutine: of.goroutine,
        a,
        b: this.#text(name!),
        stack: this.#stack(stack!),
      }),
    UserRegionEnd: ([a, name, stack], of) =>
      this.#add("region-end", {
        thread: of.thread,
        goroutine: of.goroutine,
        a,
        b: this.#text(name!),
        stack: this.#stack(stack!),
      }),
    UserLog: ([a, key, value, stack], of) =>
      this.#add("log", {
        thread: of.thread,
        goroutine: of.goroutine,
        a,
        b: this.#text(key!),
        c: this.#text(value!),
        stack: this.#stack(stack!),
      }),
  };

  readonly #tellerOf: readonly (Teller | undefined)[] = Array.from(
    { length: 256 },
    (_, type) => this.#tellers[GO_EVENTS[type]?.name ?? ""],
  );

  #create([goroutine, begins, stack]: readonly number[], { thread }: Ordered): void {
    this.#add("create", { thread, goroutine, a: this.#stack(begins!), stack: this.#stack(stack!) });
  }

  /** Of a goroutine that is known it says nothing new. */
  #status([goroutine, owner, status, stack = 0]: readonly number[], { thread, isNew }: Ordered): void {
    if (!isNew) return;
    const fields = { goroutine, stack: this.#stack(stack) };
    if (status === GO_STATUS.running) this.#add("run", { ...fields, thread });
    else if (status === GO_STATUS.syscall) this.#add("call-begin", { ...fields, thread: owner });
    else this.#add(status === GO_STATUS.waiting ? "present" : "ready", fields);
  }

  #add(name: Parameters<TraceBuilder["add"]>[0], fields: Fields): void {
    this.#builder.add(name, this.#last - this.#first!, fields as TraceEventFields);
  }

  /** The row in the trace of a string of the generation. */
  #text(number: number): number {
    const known = this.#strings.get(number);
    if (known !== undefined) return known;
    const row = this.#builder.text(this.#generation!.strings.get(number) ?? "");
    this.#strings.set(number, row);
    return row;
  }

  #stack(number: number): number {
    if (number === 0) return 0;
    const known = this.#stacks.get(number);
    if (known !== undefined) return known;
    const { strings, stacks } = this.#generation!;
    // Go has frames of nothing where a stack is not known.
    const frames = stacks
      .get(number)!
      .map(({ name, file, line }): TraceFrame => [strings.get(name) ?? "", strings.get(file) ?? "", line])
      .filter(([name, file]) => name !== "" || file !== "");
    const row = this.#builder.stack(frames);
    this.#stacks.set(number, row);
    return row;
  }
}

/** As the arguments of an event come: what it has not is none. */
interface Fields {
  readonly thread?: number | undefined;
  readonly goroutine?: number | undefined;
  readonly a?: number | undefined;
  readonly b?: number | undefined;
  readonly c?: number | undefined;
  readonly stack?: number | undefined;
}

/** What runs on the thread of an event. */
function on({ thread, goroutine }: Ordered): Fields {
  return { thread, goroutine };
}
