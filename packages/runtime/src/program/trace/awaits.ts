// Hot: 10 to 20 µs for each await whose stack is taken, at most 1,000 a second; see `level E` of bench/src/trace.ts.
import type { AsyncLocalStorage } from "node:async_hooks";
import { AWAIT, TRACE_RECORD } from "../../exchange/trace-records.ts";
import type { SiteFrame } from "../../target/stack-reader.ts";
import { makeStackTable, type Stack } from "../record/stack-table.ts";
import { early } from "./early.ts";

const { MapOf, WeakMapOf, get, put, weakGet, weakPut, Bytes, clock, min, readStack, builtin } = early;

/** So many stacks are taken in a millisecond on average, and so many at once; a request of which none could be taken any more has none. */
const STACKS = { perMilli: 0.7, most: 500 };
/** And so often Node may tell of promises, of anybody: 0.2 µs each, which a busy server has 200,000 times a second. */
const TOLD = { perMilli: 20, most: 5_000 };
const DEPTH = 32;
/** The functions of this file that stand above what awaits, and the two of the reader. */
const ABOVE = 4;
/** Whether the awaits of a request or task are noted, by the end of its number. */
const KNOWN = 2 ** 16;
const MOST_STACKS = 2 ** 16 - 1;

/** What is awaited. */
interface Awaited {
  readonly task: number;
  readonly stack: number;
  readonly since: number;
}

type Write = (kind: number, value: number, id: number, other?: number, text?: string) => void;

/**
 * Tells where requests and tasks await something: of as many of them as the time that it takes allows, each await with its stack. Node
 * tells of promises only while one of those is open, for that costs all others something too.
 */
export class Awaits {
  readonly #store: AsyncLocalStorage<number>;
  readonly #write: Write;
  readonly #noted = new Bytes(KNOWN);
  readonly #awaited = new WeakMapOf<object, Awaited>();
  readonly #table = makeStackTable();
  readonly #stacks = new MapOf<Stack, number>();
  readonly #frames = new MapOf<SiteFrame, number>();
  #open = 0;
  #left: number = STACKS.most;
  #toldLeft: number = TOLD.most;
  #rests = false;
  #counted: number = clock();
  #unhook: (() => void) | undefined;

  constructor(store: AsyncLocalStorage<number>, write: Write) {
    this.#store = store;
    this.#write = write;
  }

  /** A request or task begins; `other`: what it is a part of. */
  open(id: number, other: number): void {
    if (other === 0 ? !this.#allows() : this.#noted[other % KNOWN] === 0) return;
    this.#noted[id % KNOWN] = 1;
    this.#open++;
    this.#hook();
  }

  close(id: number): void {
    if (this.#noted[id % KNOWN] === 0) return;
    this.#noted[id % KNOWN] = 0;
    if (--this.#open === 0) this.stop();
  }

  stop(): void {
    this.#unhook?.();
    this.#unhook = undefined;
  }

  #allows(): boolean {
    const now = clock();
    this.#left = min(this.#left + (now - this.#counted) * STACKS.perMilli, STACKS.most);
    this.#toldLeft = min(this.#toldLeft + (now - this.#counted) * TOLD.perMilli, TOLD.most);
    this.#counted = now;
    // Once there is nothing left it rests for a while: to begin and end to be told costs as well.
    if (this.#left <= 0 || this.#toldLeft <= 0) this.#rests = true;
    else if (this.#left === STACKS.most && this.#toldLeft === TOLD.most) this.#rests = false;
    return !this.#rests;
  }

  #hook(): void {
    if (this.#unhook !== undefined) return;
    const { promiseHooks } = builtin("node:v8");
    this.#unhook = promiseHooks.createHook({
      init: (promise: object, parent: object | undefined) => {
        if (--this.#toldLeft < -TOLD.most) {
          // What has begun by then has no more stacks.
          this.stop();
          return;
        }
        // What is made and not awaited has no parent.
        if (parent === undefined) return;
        const task = this.#store.getStore() ?? 0;
        if (task === 0 || this.#noted[task % KNOWN] === 0 || this.#left < -STACKS.most) return;
        try {
          const stack = this.#stack();
          weakPut(this.#awaited, promise, { task, stack, since: clock() });
          // It ran up to here.
          this.#write(TRACE_RECORD.awaits, 0, task, stack);
        } catch {
          // Where the stack is full, say: the program is not to notice.
        }
      },
      before: (promise: object) => {
        const known = weakGet(this.#awaited, promise);
        if (known === undefined) return;
        this.#write(TRACE_RECORD.runs, AWAIT | (known.stack << 8), known.task, (clock() - known.since) * 1000);
      },
    }) as () => void;
  }

  #stack(): number {
    this.#left--;
    const sites = readStack.sites(DEPTH + ABOVE);
    const stack =
      sites === undefined ? this.#table.ofFrames(readStack(ABOVE - 2, DEPTH)) : this.#table.of(sites, ABOVE);
    let number = get(this.#stacks, stack);
    if (number !== undefined) return number;
    number = this.#stacks.size + 1;
    if (number > MOST_STACKS) return 0;
    put(this.#stacks, stack, number);
    let text = "";
    for (let i = 0; i < stack.frames.length; i++) text += `${i > 0 ? " " : ""}${this.#frame(stack.frames[i]!)}`;
    this.#write(TRACE_RECORD.stack, 0, number, 0, text);
    return number;
  }

  #frame(frame: SiteFrame): number {
    let number = get(this.#frames, frame);
    if (number !== undefined) return number;
    number = this.#frames.size + 1;
    put(this.#frames, frame, number);
    const text = `${frame[0]}\n${frame[1]}\n${frame[2]}\n${frame[3]}\n${frame[4]}\n${frame[5]}`;
    this.#write(TRACE_RECORD.frame, 0, number, 0, text);
    return number;
  }
}
