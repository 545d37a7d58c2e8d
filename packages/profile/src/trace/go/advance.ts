// Hot: asked for each of 20 million events of a trace, which are read in some 15 s. Bench: bench/src/trace-pages.ts.

import { ProfileError } from "../../error.ts";
import { NO_THREAD } from "../trace.ts";
import { GO_EVENTS } from "./events.ts";
import { GOROUTINE_RULES } from "./goroutine-rules.ts";
import { OTHER_RULES } from "./other-rules.ts";
import { PROC_RULES } from "./proc-rules.ts";
import type { Rule, Schedule } from "./schedule.ts";

/** An event of a thread. */
export interface GoTraceEvent {
  readonly type: number;
  readonly time: number;
  readonly args: readonly number[];
}

const RULES: Readonly<Record<string, Rule>> = { ...PROC_RULES, ...GOROUTINE_RULES, ...OTHER_RULES };
/** By the number of an event. */
const RULE_OF: readonly (Rule | undefined)[] = Array.from(
  { length: 256 },
  (_, type) => RULES[GO_EVENTS[type]?.name ?? ""],
);

/**
 * Lets an event of a thread happen if it may come next, and says whether it did: "goroutine 7 goes on" waits for the event of another
 * thread by which 7 was made ready. Throws where it never may, for it contradicts what has happened.
 */
export function advance(now: Schedule, { type, args }: GoTraceEvent, number: number): boolean {
  const rule = RULE_OF[type]!;
  const { needs } = rule;
  const thread = now.thread(number);
  if (needs !== "nothing") {
    const { name } = GO_EVENTS[type]!;
    if (number === NO_THREAD) throw new ProfileError(`${name} on no thread`);
    if (needs !== "thread" && thread.proc === undefined) throw new ProfileError(`${name} on a thread without a proc`);
    if (needs === "goroutine" && thread.goroutine === undefined) {
      throw new ProfileError(`${name} on a thread where no goroutine runs`);
    }
  }
  return rule.act?.(now, args, thread, number) ?? true;
}
