import { TraceBuilder, type TraceEventFields, type TraceEventName, type TraceFrame } from "@pprof-ts/profile";

/** The main thread, its proc, and the goroutine that is its event loop. */
const THREAD = 0;
const PROC = 0;
const LOOP = 1;
/** What its goroutine is called. */
export const LOOP_NAME = "event loop";
/** Why a goroutine waits: the reason in Go's own words, for Go's tools know no others, and `what` is waited for, which becomes the leaf of its stack. */
export interface Wait {
  readonly reason: "sleep" | "sync" | "select" | "network" | "chan receive" | "system goroutine wait";
  readonly what: string | undefined;
  /** The stack at which it awaits that, leaf first, as far as it is known. */
  readonly frames?: readonly TraceFrame[];
}

/** How a task begins to run. */
interface Begins {
  readonly isNew?: boolean;
  readonly isReady?: boolean;
}

/** The wait of what makes way for another goroutine. */
const AWAY: Wait = { reason: "system goroutine wait", what: undefined };
const ASLEEP: Wait = { reason: "sleep", what: undefined };

/** A request, a call or a task of the program: a goroutine that runs in the loop's place. */
export interface Task {
  readonly goroutine: number;
  /** What it is called, which is its outermost frame. */
  readonly frame: TraceFrame;
}

/**
 * Writes a trace of the main thread in Go's terms. The event loop is a goroutine, and so is each request or call, which runs in the
 * loop's place: while the handler of `GET /cart` runs, goroutine `GET /cart` runs and goroutine `event loop` waits. One runs at a time.
 */
export class LoopTrace {
  readonly builder: TraceBuilder = new TraceBuilder();
  readonly #frame: TraceFrame = [LOOP_NAME, "node", 0];
  readonly #loop: Task = { goroutine: LOOP, frame: this.#frame };
  readonly #threads = new Map<string, { readonly thread: number; readonly task: Task }>();
  #running: Task = this.#loop;
  #sleeps = false;
  #tasks = LOOP;
  #stopped: "stop" | "gc" | undefined;
  readonly #waitOf: (task: Task, time: number) => Wait;

  /**
   * At first the loop runs. `workers` are the names of other threads, of which nothing is known but what was sampled there. `waitOf`
   * tells what a task waits for after it has run.
   */
  constructor(workers: Iterable<string>, waitOf: (task: Task, time: number) => Wait) {
    this.#waitOf = waitOf;
    this.#add("present", 0, { goroutine: LOOP });
    this.#add("proc-start", 0, { a: PROC });
    this.#resume(this.#loop, 0);
    this.#add("procs", 0, { a: 1 });
    for (const name of workers) this.#worker(name);
  }

  get sleeps(): boolean {
    return this.#sleeps;
  }

  /** The task that runs; undefined: the loop itself does. */
  get running(): Task | undefined {
    return this.#running === this.#loop ? undefined : this.#running;
  }

  /** The loop goes to sleep, whatever ran. */
  sleep(time: number): void {
    if (this.#sleeps) return;
    this.back(time);
    this.#suspend(this.#loop, ASLEEP, time);
    this.#add("proc-stop", time, { a: PROC });
    this.#sleeps = true;
  }

  wake(time: number): void {
    if (!this.#sleeps) return;
    this.#sleeps = false;
    this.#add("proc-start", time, { a: PROC });
    this.#resume(this.#loop, time);
  }

  /** A task begins, and does not run yet. */
  create(name: string, kind: string, time: number): Task {
    this.wake(time);
    const task: Task = { goroutine: ++this.#tasks, frame: [name, kind, 0] };
    const stack = this.builder.stack([task.frame]);
    this.#add("create", time, { goroutine: task.goroutine, a: stack, stack: this.#stackOf(this.#running) });
    return task;
  }

  /** The task runs from now on, until `back`. `isNew`: it has not run before; `isReady`: see `ready`. */
  run(task: Task, time: number, { isNew = false, isReady = false }: Begins = {}): void {
    this.wake(time);
    this.back(time);
    this.#suspend(this.#loop, AWAY, time);
    if (!isNew && !isReady) this.#ready(task, time);
    this.#add("run", time, { goroutine: task.goroutine });
    this.#running = task;
  }

  /** What the task waited for has come; it is ready, and runs once the loop is free. */
  ready(task: Task, time: number): void {
    this.#ready(task, time);
  }

  /** The task that runs begins to wait, and the loop runs again. */
  back(time: number): void {
    if (this.#running === this.#loop) return;
    this.#suspend(this.#running, this.#waitOf(this.#running, time), time);
    this.#running = this.#loop;
    this.#resume(this.#loop, time);
  }

  /** Lets a task run for a moment, in which `act` writes events of it; then what ran before goes on. `wait` is what the task waits for then; undefined: it has ended. */
  inside(task: Task, time: number, wait: Wait | undefined, act: () => void, isNew = false): void {
    this.wake(time);
    const before = this.#running;
    this.#suspend(before, AWAY, time);
    if (!isNew) this.#ready(task, time);
    this.#add("run", time, { goroutine: task.goroutine });
    this.#running = task;
    act();
    if (wait === undefined) this.#add("end", time, { goroutine: task.goroutine });
    else this.#suspend(task, wait, time);
    this.#running = before;
    this.#resume(before, time);
  }

  /** The task that runs, and no other, has ended. */
  end(time: number): void {
    this.#add("end", time, { goroutine: this.#running.goroutine });
    this.#running = this.#loop;
    this.#resume(this.#loop, time);
  }

  /** Writes an event of the goroutine that runs. */
  note(name: TraceEventName, time: number, fields: TraceEventFields = {}): void {
    this.wake(time);
    this.#add(name, time, { goroutine: this.#running.goroutine, stack: this.#stackOf(this.#running), ...fields });
  }

  /** Writes a log of a task, or of what runs. */
  log(key: string, value: string, time: number, task: Task | undefined = this.running): void {
    this.note("log", time, { a: task?.goroutine ?? 0, b: this.builder.text(key), c: this.builder.text(value) });
  }

  /** Writes the value that a counter has from this time on. */
  counter(name: string, value: number, time: number): void {
    this.#add("counter", time, { a: this.builder.text(name), b: value });
  }

  /** Writes a sample of the main thread, of the goroutine that runs. */
  sample(time: number, frames: readonly TraceFrame[]): void {
    const { goroutine, frame } = this.#running;
    this.#add("sample", time, { goroutine, stack: this.builder.stack([...frames, frame]) });
  }

  /** Writes a sample of another thread. */
  sampleOf(name: string, time: number, frames: readonly TraceFrame[]): void {
    const { thread, task } = this.#threads.get(name)!;
    const stack = this.builder.stack([...frames, task.frame]);
    this.builder.add("sample", time, { thread, goroutine: task.goroutine, stack });
  }

  /** The garbage collector stops the program until `goOn`; `isWhole`: it collects all of the heap and not only what is young. */
  stop(why: string, isWhole: boolean, time: number): void {
    this.goOn(time);
    if (isWhole) this.note("gc-begin", time);
    this.note("stop-begin", time, { a: this.builder.text(why) });
    this.#stopped = isWhole ? "gc" : "stop";
  }

  goOn(time: number): void {
    const stopped = this.#stopped;
    if (stopped === undefined) return;
    this.#stopped = undefined;
    this.#add("stop-end", time, {});
    if (stopped === "gc") this.#add("gc-end", time, {});
  }

  #worker(name: string): void {
    const thread = this.#threads.size + 1;
    const task = this.create(name, "worker", 0);
    this.#threads.set(name, { thread, task });
    const own = { thread, goroutine: task.goroutine };
    this.builder.add("proc-start", 0, { thread, a: thread });
    this.builder.add("run", 0, own);
    const a = this.builder.text(AWAY.reason);
    this.builder.add("wait", 0, { ...own, a, stack: this.#stackOf(task) });
    this.builder.add("proc-stop", 0, { thread, a: thread });
  }

  #suspend({ goroutine, frame }: Task, { reason, what, frames = [] }: Wait, time: number): void {
    const top: TraceFrame[] = what === undefined ? [] : [[what, "node", 0]];
    const stack = this.builder.stack([...top, ...frames, frame]);
    this.#add("wait", time, { goroutine, a: this.builder.text(reason), stack });
  }

  #resume(task: Task, time: number): void {
    this.#ready(task, time);
    this.#add("run", time, { goroutine: task.goroutine });
  }

  /** Writes that a task became ready. Who made it so is not known, for it was the system; so the stack is the task's own. */
  #ready(task: Task, time: number): void {
    this.builder.add("ready", time, { goroutine: task.goroutine, stack: this.#stackOf(task) });
  }

  #stackOf(task: Task): number {
    return this.builder.stack([task.frame]);
  }

  #add(name: TraceEventName, time: number, fields: TraceEventFields): void {
    this.builder.add(name, time, { thread: THREAD, ...fields });
  }
}
