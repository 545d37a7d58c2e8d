import process from "node:process";

/** What ends a process that does not listen to it, and is sent by those who want it to end. */
const SIGNALS: readonly NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGTERM"];

// As they are before the program may change them.
const { on, off, kill, listenerCount, pid } = process;
const { apply } = Reflect;
const later = queueMicrotask;
let passed = false;

/**
 * Has a signal that would end the process at once pass by its exit, in which `_kill` is preceded: where nobody listens to it, it
 * is listened to here, and raised again. As soon as the program listens itself, that is its own affair.
 */
export function passEndingSignals(): void {
  if (passed) return;
  passed = true;
  for (const signal of SIGNALS) {
    const own = (): void => {
      apply(off, process, [signal, own]);
      apply(kill, process, [pid, signal]);
    };
    const stand = (): void => {
      if (apply(listenerCount, process, [signal]) === 0) apply(on, process, [signal, own]);
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
