import { hrtime } from "node:process";
import type { SiteFrame } from "../../target/stack-reader.ts";
import { registry } from "./registry.ts";

/** A lock that is held. */
export interface Held {
  readonly since: bigint;
  /** One of so many is recorded, and this one is; 0: it is not. */
  readonly fraction: number;
  /** The stack of who asked for it; empty where V8 tells of one who releases it by whom that is awaited. */
  readonly asked: readonly SiteFrame[];
}

type Read = () => readonly SiteFrame[];

/** The waiting for one lock, charged to those who hold it, as Go's mutex profile does. */
export class Contention {
  readonly #waiting = new Set<{ readonly since: bigint }>();

  /** Somebody begins to wait; the returned function ends it, and tells of the lock that is held then. `asking`: reads who asks, if need be. */
  wait(asking?: Read): () => Held {
    const { mutexFraction } = registry();
    const fraction = mutexFraction > 0 && Math.random() * mutexFraction < 1 ? mutexFraction : 0;
    const asked = fraction > 0 && asking !== undefined ? asking() : [];
    const waiter = { since: hrtime.bigint() };
    this.#waiting.add(waiter);
    return () => {
      this.#waiting.delete(waiter);
      return { since: hrtime.bigint(), fraction, asked };
    };
  }

  /** The lock is let go of: what others have waited for it is recorded. */
  release({ since: held, fraction, asked }: Held, releasing: Read): void {
    const { mutexFraction, mutex } = registry();
    if (this.#waiting.size === 0 || fraction === 0 || mutexFraction <= 0) return;
    const now = hrtime.bigint();
    let nanos = 0;
    for (const { since } of this.#waiting) nanos += Number(now - (since > held ? since : held));
    mutex.addFrames(joined(releasing(), asked), nanos * fraction, fraction);
  }
}

/** The stack of who releases a lock, and below the outermost function that had also asked for it those that called this then. */
function joined(releasing: readonly SiteFrame[], asked: readonly SiteFrame[]): readonly SiteFrame[] {
  for (let at = releasing.length - 1; at >= 0; at--) {
    const below = asked.findIndex((frame) => isSameFunction(frame, releasing[at]!));
    if (below >= 0) return [...releasing.slice(0, at + 1), ...asked.slice(below + 1)];
  }
  return releasing;
}

function isSameFunction([name, url, , , line, column]: SiteFrame, other: SiteFrame): boolean {
  return name === other[0] && url === other[1] && line === other[4] && column === other[5];
}
