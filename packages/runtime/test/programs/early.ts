// Functions that settle a combined promise, called before what they wait for is settled, and kept: `early.js MODE COMBINATOR|SEED`.
import { runInNewContext } from "node:vm";

type Settle = (value?: unknown) => void;
type Then = (fulfilled?: Settle, rejected?: Settle) => unknown;

const HOUR = 3_600_000;
const [mode = "random", argument = "1"] = process.argv.slice(2);
const kept: unknown[] = [];

/** Hands on what it is given, so that what combines hands its functions to any thenable. */
class Lazy extends Promise<unknown> {
  static override resolve(value?: unknown): Promise<never> {
    return value as Promise<never>;
  }
}

function thenable(then: Then): object {
  return { then };
}

/** By `Promise.all` and the others, which are of any constructor. */
function combine(combinator: string, of: unknown, values: readonly unknown[]): Promise<unknown> {
  const combinators = Promise as unknown as Record<string, (values: readonly unknown[]) => Promise<unknown>>;
  return Reflect.apply(combinators[combinator]!, of, [values]);
}

function callEarly(promise: Promise<unknown>, call: (fulfilled?: Settle, rejected?: Settle) => void): Promise<unknown> {
  // biome-ignore lint/suspicious/noThenProperty: that is what is tried.
  promise.then = function early(this: Promise<unknown>, fulfilled?: Settle, rejected?: Settle) {
    const derived = Reflect.apply(Promise.prototype.then, this, [fulfilled, rejected]);
    call(fulfilled, rejected);
    return derived;
  } as typeof promise.then;
  return promise;
}

function never(): Promise<unknown> {
  return new Promise((resolve) => kept.push(resolve));
}

const modes: Record<string, (argument: string) => void> = {
  kept(combinator) {
    const functions: Settle[] = [];
    const keeps = thenable((...both) => functions.push(...(both as Settle[])));
    void combine(combinator, Lazy, [keeps]).catch(() => {});
    for (const one of functions) {
      one("early");
      setTimeout(one, HOUR);
    }
  },
  pending(combinator) {
    for (let i = 0; i < 20; i++) {
      const promise = callEarly(never(), (...both) => setTimeout(() => both.map((one) => one?.("early")), 20));
      void (async function waits() {
        await combine(combinator, Promise, [promise, never()]);
      })().catch(() => {});
    }
  },
  // The stack is read while a microtask runs, from which V8 walks as well.
  running(combinator) {
    const work = (): void => {
      const later = new Promise((resolve) => setTimeout(resolve, 50));
      const done = later.then(function busy() {
        for (const end = Date.now() + 300; Date.now() < end; );
        work();
      });
      callEarly(done, (...both) => both.map((one) => one?.("early")));
      void combine(combinator, Promise, [done, never()]).catch(() => {});
    };
    work();
  },
  random,
};

function random(seed: string): void {
  let state = Number(seed);
  const below = (most: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  const oneOf = <Value>(values: readonly Value[]): Value => values[below(values.length)]!;
  const realms = [Promise, Lazy, runInNewContext("Promise"), runInNewContext("(class extends Promise {})")];
  const combinators = ["all", "allSettled", "any", "race"] as const;
  // What was given to a `then`: called at once or later, once or more, or never; and kept by a timer, or a closure of one, or not.
  const meet = (one?: unknown): void => {
    if (typeof one !== "function") return;
    const call = (): void => void (one as Settle)(below(3) === 0 ? never() : "early");
    const before = below(4);
    if (before === 0) call();
    if (before === 1) setTimeout(call, below(200));
    if (before === 2) queueMicrotask(call);
    const after = below(4);
    if (after === 0) setTimeout(one as Settle, HOUR + below(50));
    if (after === 1) setTimeout((resolve: Settle) => resolve(), HOUR, one);
    if (after === 2) setTimeout(() => (one as Settle)(), HOUR);
    if (below(3) === 0) void never().then(one as Settle, below(2) === 0 ? (one as Settle) : undefined);
  };
  const made: (() => unknown)[] = [
    never,
    () => new Promise((resolve) => setTimeout(resolve, HOUR)),
    () => new Promise((resolve, reject) => [resolve, reject].map(meet)),
    () => callEarly(never(), (...both) => both.map(meet)),
    () => thenable((...both) => both.map(meet)),
    () => thenable((...both) => never().then(...both)),
    () =>
      (value() as Promise<unknown>).then?.(
        () => value(),
        () => {},
      ),
    () => never().finally(() => value()),
    () => callEarly(never(), (...both) => both.map(meet)).finally(() => value()),
    () => combine(oneOf(combinators), oneOf(realms), Array.from({ length: below(4) }, value)),
    () => combine(oneOf(combinators), oneOf(realms), Array.from({ length: below(4) }, value)),
    async function waits() {
      await value();
      await value();
    },
    async function returns() {
      return value();
    },
    async function iterates() {
      for await (const one of Array.from({ length: below(3) }, value)) kept.push(one);
      for await (const one of generates()) kept.push(one);
    },
    () => {
      const generator = generates();
      const begun = generator.next();
      return below(2) === 0 ? begun : generator.return(value());
    },
  ];
  async function* generates(): AsyncGenerator<unknown> {
    yield value();
    yield* [value(), value()];
    yield await value();
  }
  let depth = 0;
  function value(): unknown {
    depth++;
    try {
      const one = depth > 6 ? never() : oneOf(made)();
      (one as Promise<unknown> | undefined)?.then?.(undefined, () => {});
      kept.push(one);
      return one;
    } catch {
      return undefined;
    } finally {
      depth--;
    }
  }
  let rounds = 0;
  const growing = setInterval(() => {
    for (let i = 0; i < 50; i++) value();
    if (++rounds === 500) clearInterval(growing);
  }, 20);
}

// Some of what a `then` is given throws what it is called with.
for (const event of ["unhandledRejection", "uncaughtException"]) process.on(event, () => {});
modes[mode]!(argument);
setInterval(() => {}, HOUR);
