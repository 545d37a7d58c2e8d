// What runs inside a profiled thread, in a realm of its own (`realm.ts`). Sent there as text, so it may use nothing of this file.
import type { SiteFrame } from "./stack-reader.ts";

/** Calls `each` with the stack of async functions above each of these promises, and which it is; those with none are left out. */
export type WalkFrom = (promises: readonly object[], each: (frames: SiteFrame[], at: number) => void) => Promise<void>;

/**
 * Makes what walks from promises to the async functions that wait for them; undefined where V8 could end the process as it does.
 *
 * V8 prints the async functions that wait for a promise only when something runs that will settle it. So for each promise
 * P a reaction is made whose derived promise, by way of `Symbol.species`, is P itself; while that reaction runs, a stack
 * trace walks from P to whoever awaits it. P is neither resolved nor changed.
 *
 * All of this is what a program may do with promises that the language has handed out. Nothing else comes here: V8's own
 * functions that resume what is suspended, which the inspector can list, end the process when one is walked from or called at
 * the wrong moment.
 *
 * The walk is V8's `CaptureAsyncStackTrace` (src/execution/isolate.cc): from a pending promise that has one reaction to where
 * that leads. Where its handler is an element function of `Promise.all`, `allSettled` or `any`, it takes the promise that those
 * returned from a slot of the function's context. But as such a function is called first, V8 marks that by putting the native
 * context in the place of its context (src/builtins/promise-all-element-closure.tq, promise-any.tq). V8 11.3, of Node 20, does
 * not ask for the mark: it finds the global proxy in that slot, takes the proxy's hash, which is a small integer, for the
 * promise, and reads what is at that address: SIGSEGV, each time. The language hands element functions to every `then` that is
 * the program's (of one promise, a subclass, a thenable), which may call them before their promise is settled, and keep them.
 *
 * Nothing can tell beforehand. To the language and to the inspector element functions are as those that resolve a promise:
 * native, nameless, of one argument, without scopes; and neither shows the reactions of a promise. So there is no walk there.
 *
 * V8 12.4, 13.6 and 14.6, of Node 22, 24 and 26, stop at a marked function, in all three places. The other steps read what does
 * not change: V8 hands out none of its functions that resume an `await`, so while one is a reaction, what it resumes is
 * suspended; a function that resolves a promise keeps its context when it is called, and 14.6, which takes the promise out of
 * that, asks for it; of all others only the derived promise is taken, if it is one. `Promise.withResolvers` came with V8 11.9. The realm is ours, so no polyfill is met.
 */
export function makeStackWalker(): WalkFrom | undefined {
  if (!("withResolvers" in Promise)) return undefined;
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
