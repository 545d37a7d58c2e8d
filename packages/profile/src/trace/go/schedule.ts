import { ProfileError } from "../../error.ts";
import { NO_THREAD } from "../trace.ts";
import { GO_STATUS } from "./events.ts";

/** A goroutine or proc. Its events on several threads are numbered within a generation: that is their order. */
export interface Sequenced {
  status: number;
  generation: number;
  sequence: number;
}

export interface Goroutine extends Sequenced {
  readonly regions: string[];
  /** What it is in the middle of, innermost last, such as helping the garbage collector: by the event that began it, and for what reason. */
  readonly ranges: { readonly event: string; readonly reason: number }[];
}

export interface Thread {
  proc: number | undefined;
  goroutine: number | undefined;
}

/** What an event needs on its thread: a proc, a goroutine, both, or nothing. */
type Needs = "thread" | "proc" | "goroutine" | "nothing";

/** What there is to know of a kind of event. */
export interface Rule {
  readonly needs: Needs;
  /** Does what the event changes; false: it may not happen yet, for events of other threads come before it. Throws where it never may. */
  act?(now: Schedule, args: readonly number[], thread: Thread, number: number): boolean | undefined;
}

/**
 * Go's scheduler as the events so far have left it: which proc each thread has, and which goroutine runs on it. By this the events of
 * several threads are put in order, not by their times, which threads read from clocks that may differ.
 */
export class Schedule {
  readonly goroutines: Map<number, Goroutine> = new Map();
  readonly procs: Map<number, Sequenced> = new Map();
  readonly threads: Map<number, Thread> = new Map();
  readonly tasks: Set<number> = new Set();
  readonly sweeps: Set<number> = new Set();
  /** Whether garbage is being collected; undefined where no event has said yet. */
  collects: boolean | undefined;
  collections = 0;
  generation = 0;
  #first = 0;
  strings: ReadonlyMap<number, string> = new Map();

  /** Begins a generation: a trace is several in a row, each with its own strings and stacks. */
  begin(generation: number, strings: ReadonlyMap<number, string>): void {
    if (this.#first === 0) this.#first = generation;
    this.generation = generation;
    this.strings = strings;
  }

  get isFirst(): boolean {
    return this.generation === this.#first;
  }

  /** The thread of this number. What happens on no thread has one without proc and goroutine, anew each time. */
  thread(number: number): Thread {
    let thread = this.threads.get(number);
    if (thread === undefined) {
      thread = { proc: undefined, goroutine: undefined };
      if (number !== NO_THREAD) this.threads.set(number, thread);
    }
    return thread;
  }

  /** Whether an event with this number is the next one of a goroutine or proc. */
  follows(one: Sequenced, sequence: number): boolean {
    return one.generation === this.generation && sequence === one.sequence + 1;
  }

  sequenced(status: number): Sequenced {
    return { status, generation: this.generation, sequence: 0 };
  }

  goroutine(status: number): Goroutine {
    return { ...this.sequenced(status), regions: [], ranges: [] };
  }

  /** The goroutine that runs on a thread. */
  running(thread: Thread, status: number = GO_STATUS.running): Goroutine {
    const goroutine = this.goroutines.get(thread.goroutine!);
    if (goroutine === undefined) throw new ProfileError(`goroutine ${thread.goroutine} is not known`);
    if (goroutine.status !== status) throw new ProfileError(`goroutine ${thread.goroutine} is in another status`);
    return goroutine;
  }
}

/** The goroutine of this number; throws where there is none. */
export function known(now: Schedule, number: number): Goroutine {
  const goroutine = now.goroutines.get(number);
  if (goroutine === undefined) throw new ProfileError(`goroutine ${number} is not known`);
  return goroutine;
}
