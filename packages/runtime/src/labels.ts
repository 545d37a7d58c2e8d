import { registry } from "./registry.ts";
import type { Labels } from "./target.ts";

/**
 * Runs the function with these labels on its samples in CPU and block profiles, across its awaits, as Go's `pprof.Do`.
 * Labels set further out hold on, except for those of the same key.
 */
export function withLabels<Result>(labels: Labels, act: () => Result): Result {
  const known = registry();
  known.labelled = true;
  return known.labels.run({ ...known.labels.getStore(), ...labels }, act);
}

/** The value of a label where it is called; undefined where it has none. */
export function label(key: string): string | undefined {
  return registry().labels.getStore()?.[key];
}
