import type { AsyncHook, AsyncLocalStorage } from "node:async_hooks";
import { TRACE_RECORD, WAKERS } from "../../exchange/trace-records.ts";
import { early } from "./early.ts";

/** What is known of a callback that waits is kept by its number in Node, cut to this. Where promises have numbers too, there are many. */
const KNOWN = 2 ** 16;
const KNOWN_WITH_PROMISES = 2 ** 20;
/** What Node calls by itself, between callbacks: none of these has been waited for. */
const INNER = ["TickObject", "Microtask", "PROMISE"] as const;
const INNER_KIND = 255;

const { MapOf, get, put, Bytes, Times, PromiseOf, clock, createHook } = early;
const isTimer = (type: string): boolean => type === "Timeout";

/** Types for Node's from 24.21 on: without it, each promise is told of as well. */
const UNTRACKED: object = { trackPromises: false };

/** What this Node does, once it was tried: that takes milliseconds. */
let alone: boolean | undefined;

/** Whether callbacks can be told of without promises: 24.21 and 26 can, and those before tell of both, which costs a tenth of a server. */
export function tellsCallbacksAlone(): boolean {
  alone ??= !tellsPromises();
  return alone;
}

function tellsPromises(): boolean {
  let told = false;
  const hook = createHook({
    init(_id, type) {
      if (type === "PROMISE") told = true;
    },
    ...UNTRACKED,
  }).enable();
  new PromiseOf(() => {});
  hook.disable();
  return told;
}

/**
 * Tells which request or task each callback of the event loop is for, by the store that Node hands on to it, and what it was that
 * it waited for. About 0.1 µs for each callback, as it is made and as it runs.
 */
export class Callbacks {
  readonly #hook: AsyncHook;
  /** What has run last. */
  #last = 0;

  constructor(
    store: AsyncLocalStorage<number>,
    write: (kind: number, value: number, id: number, other: number) => void,
  ) {
    const kinds = new MapOf<string, number>();
    for (let row = 0; row < WAKERS.length; row++) put(kinds, WAKERS[row]!, row);
    for (let i = 0; i < INNER.length; i++) put(kinds, INNER[i]!, INNER_KIND);
    const size = tellsCallbacksAlone() ? KNOWN : KNOWN_WITH_PROMISES;
    const mask = size - 1;
    const known = new Bytes(size);
    /** When a timer is due, in milliseconds; 0: not known. */
    const due = new Times(size);
    this.#hook = createHook({
      init: (id, type, _trigger, resource) => {
        const task = store.getStore() ?? 0;
        // Promises that are resolved in another one's callback run on within it: nothing tells of that but what they do.
        if (task !== 0 && task !== this.#last) {
          this.#last = task;
          write(TRACE_RECORD.runs, 0, task, 0);
        }
        const at = id & mask;
        known[at] = get(kinds, type) ?? WAKERS.length - 1;
        if (!isTimer(type)) return;
        const { _idleTimeout: delay, _repeat: repeats } = resource as { _idleTimeout?: unknown; _repeat?: unknown };
        // Only the first time that one which repeats is due is known.
        due[at] = typeof delay === "number" && repeats === null ? clock() + delay : 0;
      },
      before: (id) => {
        const at = id & mask;
        const kind = known[at]!;
        if (kind === INNER_KIND) return;
        const task = store.getStore() ?? 0;
        // What is for nobody ends what was for somebody, and else is not told of.
        if (task === 0 && this.#last === 0) return;
        this.#last = task;
        let late = 0;
        if (kind === 1 && due[at]! > 0) {
          late = clock() - due[at]!;
          due[at] = 0;
        }
        write(TRACE_RECORD.runs, kind, task, late > 0 ? late * 1000 : 0);
      },
      ...UNTRACKED,
    }).enable();
  }

  /** For this one something has run that is no callback. */
  ran(task: number): void {
    this.#last = task;
  }

  stop(): void {
    this.#hook.disable();
  }
}
