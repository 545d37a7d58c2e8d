// What runs inside a profiled thread, in a realm of its own (`realm.ts`). Sent there as text, so it may use nothing of this file.
import type { ObjectReader } from "./objects.ts";

/** What will settle a promise, or is one; of which kind it is, such as `timer`, and for how long it has been at work (-1: unknown). */
export interface Settler {
  readonly settler: object;
  readonly kind: string;
  readonly millis: number;
}

/** What a search has met that will settle promises. */
export interface Settlers {
  readonly found: readonly Settler[];
  meetPromise(promise: object, kind: string, millis: number): void;
  /** A function that may settle a promise: V8's own for that, or one of the program's, whose scope may have it. */
  meetFunction(value: object, kind: string, millis: number): void;
  /** Whether it is what Node's `fetch` keeps of a request, which is then met. */
  meetFetch(object: object): boolean;
  /**
   * Functions that may hold in their scope what settles a promise, which only the inspector can read. Each is given once, as
   * many of each kind as there can be.
   */
  takeClosures(most: number): readonly object[];
  /** How many of them were not taken. */
  closuresLeft(): number;
  /** What was found in the scopes of the closures of these numbers, counted as they were taken. */
  lookAtScoped(numbers: readonly number[], ...values: readonly object[]): void;
}

/** `now`: the clock of `performance`. */
export function makeSettlers(now: () => number, { isObject, propertyOf, isNative }: ObjectReader): Settlers {
  const found: Settler[] = [];
  const closures = new Map<string, Settler[]>();
  const taken: Settler[] = [];
  const met = new Set<object>();
  const isFunction = (value: unknown): value is object => isObject(value) && typeof value === "function";

  const meetFunction = (value: object, kind: string, millis: number): void => {
    if (met.has(value)) return;
    met.add(value);
    if (!isNative(value)) {
      const same = closures.get(kind) ?? [];
      closures.set(kind, same);
      same.push({ settler: value, kind, millis });
    } else if (propertyOf(value, "name") === "" && propertyOf(value, "length") === 1) {
      found.push({ settler: value, kind, millis });
    }
  };
  // It has the function that its answer is handed to, and when it began.
  const meetFetch = (object: object): boolean => {
    const answered = propertyOf(object, "processResponse");
    if (!isFunction(answered)) return false;
    const timing = propertyOf(object, "timingInfo");
    const start = isObject(timing) ? propertyOf(timing, "startTime") : undefined;
    meetFunction(answered, "fetch", typeof start === "number" ? Math.max(now() - start, 0) : -1);
    return true;
  };

  return {
    found,
    meetPromise: (promise, kind, millis) => void found.push({ settler: promise, kind, millis }),
    meetFunction,
    meetFetch,
    takeClosures(most) {
      const from = taken.length;
      for (let before = -1; taken.length !== before && taken.length - from < most; ) {
        before = taken.length;
        for (const same of closures.values()) {
          const next = same.shift();
          if (next !== undefined && taken.length - from < most) taken.push(next);
        }
      }
      return taken.slice(from).map(({ settler }) => settler);
    },
    closuresLeft: () => [...closures.values()].reduce((sum, same) => sum + same.length, 0),
    lookAtScoped(numbers, ...values) {
      for (const [at, value] of values.entries()) {
        const { kind, millis } = taken[numbers[at]!]!;
        if (!isObject(value) || meetFetch(value)) continue;
        const settler = typeof value === "function" ? value : propertyOf(value, "resolve");
        if (isFunction(settler)) meetFunction(settler, kind, millis);
      }
    },
  };
}
