import { makeStackReader } from "../../target/stack-reader.ts";
import { Contention } from "./contention.ts";

type Held = (lock: unknown) => unknown;

interface LockManager {
  request(name: string, ...rest: unknown[]): Promise<unknown>;
}

const readStack = makeStackReader();
let unwatch: (() => void) | undefined;

/**
 * Has the Web Locks of this thread, `navigator.locks`, in the `mutex` profile, where the runtime has them (Node 24); `on`
 * false takes the watching out again. Whoever holds a lock is known by where it was requested.
 */
export function watchWebLocks(on: boolean): void {
  if (!on || unwatch !== undefined) {
    if (!on) unwatch?.();
    if (!on) unwatch = undefined;
    return;
  }
  const locks = (globalThis as { readonly navigator?: { readonly locks?: LockManager } }).navigator?.locks;
  if (locks === undefined) return;
  const prototype = Object.getPrototypeOf(locks) as LockManager;
  const { request } = prototype;
  const byName = new Map<string, { readonly contention: Contention; users: number }>();
  prototype.request = async function watched(this: LockManager, name, ...rest): Promise<unknown> {
    const callback = rest.pop();
    if (typeof callback !== "function") return request.call(this, name, ...rest, callback);
    const known = byName.get(name) ?? { contention: new Contention(), users: 0 };
    known.users++;
    byName.set(name, known);
    const frames = readStack(1, 64);
    const acquired = known.contention.wait();
    const held: Held = async (lock) => {
      const since = acquired();
      try {
        return await (callback as Held)(lock);
      } finally {
        // Without a lock, which was not available, nobody has waited for it.
        if (lock !== null) known.contention.release(since, () => frames);
      }
    };
    try {
      return await request.call(this, name, ...rest, held);
    } finally {
      acquired();
      if (--known.users === 0) byName.delete(name);
    }
  };
  unwatch = () => {
    prototype.request = request;
  };
}
