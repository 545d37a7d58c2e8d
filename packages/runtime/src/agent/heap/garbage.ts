import type { StallBudget } from "../budget/stall-budget.ts";
import type { Thread } from "../inspector/threads.ts";
import { within } from "../inspector/within.ts";

/** How long the event loop may take to turn, in which garbage is collected. */
const GC_MILLIS = 1_000;

/** Has garbage collected in the threads that it is done in; the comments name those that it is not done in. */
export interface Garbage {
  collect(thread: Thread): Promise<void>;
  end(): void;
}

/**
 * What `gc=1` asks for, in the threads whose heaps, of these sizes, the budget has room for, or in `full`; throws where this
 * minute's budget is used up.
 */
export function planGarbage(
  sizes: ReadonlyMap<Thread, number>,
  budget: StallBudget,
  full: boolean,
  comments: string[],
): Garbage {
  const planned = new Map<Thread, number>();
  const leave = ({ name }: Thread, why: string): void =>
    void comments.push(`${name}: garbage was collected as always and not as gc=1 would, ${why}`);
  for (const [thread, heapBytes] of sizes) {
    const excess = full ? undefined : budget.excess("gc", heapBytes);
    if (excess === undefined) planned.set(thread, heapBytes);
    else leave(thread, `which ${excess}`);
  }
  if (planned.size === 0) return { collect: async () => {}, end: () => {} };
  const most = Math.max(...planned.values());
  const spending = budget.begin(budget.estimate("gc", most));
  return {
    async collect(thread) {
      const heapBytes = planned.get(thread);
      if (heapBytes === undefined) return;
      const begun = performance.now();
      try {
        // V8 does so when the event loop turns; its sampler does at once, when it is read, but less thoroughly.
        await within(GC_MILLIS, thread.session.post("HeapProfiler.collectGarbage"));
        const millis = performance.now() - begun;
        spending.held(millis);
        budget.learn("gc", heapBytes, millis);
      } catch {
        // It will, when it turns again.
        spending.held(budget.estimate("gc", heapBytes));
        leave(thread, "for its event loop did not turn");
      }
    },
    end: () => spending.end(),
  };
}
