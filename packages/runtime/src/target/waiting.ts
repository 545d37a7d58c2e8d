// What runs inside a profiled thread to find what waits in it, in a realm of its own (`realm.ts`). Sent there as text with those
// of the functions that it is made of, so it may use nothing of this file.
import type { makeStackWalker } from "./async-stacks.ts";
import type { makeHandleSearch, makeTimerSearch, TimersList } from "./node-waits.ts";
import type { makeObjectReader } from "./objects.ts";
import type { Host } from "./realm.ts";
import type { makeSettlers, Settlers } from "./settlers.ts";
import type { SiteFrame } from "./stack-reader.ts";

/** The stack of async functions above a promise that something will settle, and what that is, such as `timer`. */
export interface Awaited {
  readonly frames: readonly SiteFrame[];
  readonly kind: string;
  /** For how long that has been at work; -1 where nothing says so. */
  readonly millis: number;
}

/** The stack of async functions that wait, from the `await` outwards, and how many pending promises have it. */
export interface Standing {
  readonly frames: readonly SiteFrame[];
  promises: number;
  /** The longest wait that is known of, in milliseconds: since an earlier profile met it; 0 where nothing is known. */
  millis: number;
}

/** The realm, which stays: it knows of each promise when a search met it first. */
export interface Realm {
  /** Whether V8 can walk to what waits for a promise; else the searches meet nobody. */
  readonly walks: boolean;
  begin(): Search;
}

/** What a search keeps in the thread until the profile is made. */
export interface Search extends Pick<Settlers, "takeClosures" | "closuresLeft" | "lookAtScoped"> {
  /** Looks at what Node itself waits with: its handles and its requests. */
  lookAtHandles(): void;
  /** Looks at these lists of timers. */
  lookAtTimers(...lists: readonly TimersList[]): void;
  /** The stacks above what was found to settle promises. */
  awaited(): Promise<readonly Awaited[]>;
  /** Notes the stacks above these of some promises, from the one to the other. */
  walk(promises: readonly Promise<unknown>[], from: number, to: number): Promise<void>;
  /** All stacks that were noted. */
  standing(): readonly Standing[];
}

/** What searches are made of; each is sent along. */
export interface Parts {
  readonly makeObjectReader: typeof makeObjectReader;
  readonly makeStackWalker: typeof makeStackWalker;
  readonly makeSettlers: typeof makeSettlers;
  readonly makeHandleSearch: typeof makeHandleSearch;
  readonly makeTimerSearch: typeof makeTimerSearch;
}

/** What begins searches in the realm in which this runs. */
export function makeRealm(host: Host, parts: Parts): Realm {
  const none = (): void => {};
  const objects = parts.makeObjectReader(host.isProxy);
  const walker = parts.makeStackWalker();
  const walkFrom = walker ?? (async () => {});
  /** When a search met a promise first. */
  const since = new WeakMap<object, number>();

  const begin = (): Search => {
    const settlers = parts.makeSettlers(host.now, objects);
    const stacks = new Map<string, Standing>();
    return {
      lookAtHandles: parts.makeHandleSearch(host, objects, settlers),
      lookAtTimers: parts.makeTimerSearch(host, objects, settlers),
      takeClosures: settlers.takeClosures,
      closuresLeft: settlers.closuresLeft,
      lookAtScoped: settlers.lookAtScoped,
      async awaited() {
        const found: Awaited[] = [];
        // For a function that settles a promise P, a promise is made that has it as its one reaction and is never settled
        // itself: V8 walks on from there to P.
        const promises = settlers.found.map(({ settler }) => {
          if (typeof settler !== "function") return settler;
          const never = new Promise<void>(none);
          never.then(settler as () => void);
          return never;
        });
        await walkFrom(promises, (stack, at) => {
          const { kind, millis } = settlers.found[at]!;
          found.push({ frames: stack, kind, millis });
        });
        return found;
      },
      walk(promises, from, to) {
        const some = objects.elementsOf(promises, from, to) as Promise<unknown>[];
        const time = Date.now();
        return walkFrom(some, (stack, at) => {
          const key = JSON.stringify(stack);
          const known = stacks.get(key) ?? { frames: stack, promises: 0, millis: 0 };
          stacks.set(key, known);
          known.promises++;
          const begun = since.get(some[at]!) ?? time;
          since.set(some[at]!, begun);
          known.millis = Math.max(known.millis, time - begun);
        });
      },
      standing: () => [...stacks.values()],
    };
  };
  return { walks: walker !== undefined, begin };
}
