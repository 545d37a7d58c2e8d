import process from "node:process";

/** What ends a process that does not listen to it, and is sent by those who want it to end: SIGUSR2 by nodemon. */
const SIGNALS: readonly NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR2"];

// As they are before the program may change them.
const { on, off, kill, listenerCount, pid } = process;
const { apply } = Reflect;
const later = queueMicrotask;
const nextTurn = setImmediate;
let passed = false;
let dropped = false;
const owns: Partial<Record<NodeJS.Signals, (name?: string, code?: number) => void>> = {};

/**
 * Has a signal that would end the process at once pass by its exit, in which `_kill` is preceded: where nobody listens to it, it
 * is listened to here, and raised again. As soon as the program listens itself, that is its own affair.
 */
export function passEndingSignals(): void {
  if (passed) return;
  passed = true;
  apply(on, process, ["beforeExit", turnOnce]);
  for (const signal of SIGNALS) {
    const own = (_name?: string, code?: number): void => {
      // The program has called its listeners itself, and found nobody.
      if (code === undefined) return;
      apply(off, process, [signal, own]);
      apply(kill, process, [pid, signal]);
    };
    owns[signal] = own;
    const stand = (): void => {
      if (!dropped && apply(listenerCount, process, [signal]) === 0) apply(on, process, [signal, own]);
    };
    apply(on, process, [
      "newListener",
      (name: string, listener: unknown) => {
        // Told before it is added: Node would hear of no signal any more where there was none in between.
        if (name === signal && listener !== own) later(() => void apply(off, process, [signal, own]));
      },
    ]);
    apply(on, process, [
      "removeListener",
      (name: string, listener: unknown) => {
        if (name === signal && listener !== own) stand();
      },
    ]);
    stand();
  }
}

/** Listens to none of them any more: what the program raises as it ends, ends it. */
export function dropEndingSignals(): void {
  dropped = true;
  for (const signal of SIGNALS) if (owns[signal] !== undefined) apply(off, process, [signal, owns[signal]]);
}

/**
 * A signal that came while the last callback ran has not been told yet, and no turn of the loop is left in which it would be. Where
 * others listen, they would be told twice that the end is near.
 */
function turnOnce(): void {
  apply(off, process, ["beforeExit", turnOnce]);
  if (apply(listenerCount, process, ["beforeExit"]) === 0) nextTurn(() => {});
}
