import { hrtime } from "node:process";
import type { SiteFrame } from "../../target/stack-reader.ts";
import { registry } from "./registry.ts";

/** The waiting for one lock, charged to those who hold it, as Go's mutex profile does. */
export class Contention {
  readonly #waiting = new Set<{ readonly since: bigint }>();

  /** Somebody begins to wait; the returned function ends it, and tells since when the lock is held. */
  wait(): () => bigint {
    const waiter = { since: hrtime.bigint() };
    this.#waiting.add(waiter);
    return () => {
      this.#waiting.delete(waiter);
      return hrtime.bigint();
    };
  }

  /** The lock, held since then, is let go of: one of `fraction` times, what others have waited for it is recorded. */
  release(held: bigint, readStack: () => SiteFrame[]): void {
    const { mutexFraction, mutex } = registry();
    if (this.#waiting.size === 0 || mutexFraction <= 0 || Math.random() * mutexFraction >= 1) return;
    const now = hrtime.bigint();
    let nanos = 0;
    for (const { since } of this.#waiting) nanos += Number(now - (since > held ? since : held));
    mutex.addFrames(readStack(), nanos * mutexFraction, mutexFraction);
  }
}
