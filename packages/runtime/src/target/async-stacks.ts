// What runs inside a profiled thread, in a realm of its own (`realm.ts`). Sent there as text, so it may use nothing of this file.
import type { SiteFrame } from "./stack-reader.ts";

/** Calls `each` with the stack of async functions above each of these promises, and which it is; those with none are left out. */
export type WalkFrom = (promises: readonly object[], each: (frames: SiteFrame[], at: number) => void) => Promise<void>;

/**
 * Makes what walks from promises to the async functions that wait for them.
 *
 * V8 prints the async functions that wait for a promise only when something runs that will settle it. So for each promise
 * P a reaction is made whose derived promise, by way of `Symbol.species`, is P itself; while that reaction runs, a stack
 * trace walks from P to whoever awaits it. P is neither resolved nor changed.
 *
 * All of this is what a program may do with promises that the language has handed out. Nothing else comes here: V8's own
 * functions that resume what is suspended, which the inspector can list, end the process when one is walked from or called at
 * the wrong moment.
 */
export function makeStackWalker(): WalkFrom {
  const MAX_FRAMES = 256;
  const none = (): void => {};
  // biome-ignore lint/suspicious/noExplicitAny: V8's call sites differ between versions of Node.
  type CallSite = any;
  // Of this realm, so nobody else's.
  Error.stackTraceLimit = MAX_FRAMES;
  Error.prepareStackTrace = (_error, sites) => sites;

  const frames = (): SiteFrame[] => {
    const holder: { stack?: CallSite } = {};
    Error.captureStackTrace(holder, frames);
    const sites: CallSite[] = holder.stack;
    return sites
      .filter((site) => site.isAsync())
      .map((site): SiteFrame => {
        return [
          site.isPromiseAll?.() === true ? "Promise.all" : (site.getFunctionName() ?? ""),
          site.getScriptNameOrSourceURL() ?? site.getFileName() ?? "",
          site.getLineNumber() ?? 0,
          site.getColumnNumber() ?? 0,
          site.getEnclosingLineNumber?.() ?? 0,
          site.getEnclosingColumnNumber?.() ?? 0,
        ];
      });
  };

  return (promises, each) => {
    let go = none;
    const turn = new Promise<void>((resolve) => {
      go = resolve;
    });
    for (const [at, promise] of promises.entries()) {
      const reaction = turn.then(() => {
        const found = frames();
        if (found.length > 0) each(found, at);
      });
      const Species = function Species(executor: (resolve: () => void, reject: () => void) => void): object {
        executor(none, none);
        return promise;
      };
      Object.defineProperty(reaction, "constructor", { value: { [Symbol.species]: Species } });
      reaction.then(none, none);
    }
    const last = turn.then(none);
    go();
    return last;
  };
}
