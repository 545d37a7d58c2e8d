import type { SiteFrame } from "../../target/stack-reader.ts";
import type { Awaited, Standing } from "../../target/waiting.ts";

/** An async function that waits: its stack from the `await` outwards. */
export interface Suspended {
  readonly frames: readonly SiteFrame[];
  readonly count: number;
  /** What it waits for, where that is known: "" for a promise. */
  readonly kind: string;
  /** The longest wait that is known of, in milliseconds: at least since an earlier profile met it; 0 where nothing is known. */
  readonly millis: number;
}

/**
 * The async functions that wait for no other async function, with how many of each there are: each stands with all that wait
 * for it in turn, which are in its stack.
 *
 * `standing` are the stacks above all pending promises; where nobody has looked for those, it is empty, and the stacks above
 * what is `awaited` are all there is.
 */
export function leaves(awaited: readonly Awaited[], standing: readonly Standing[]): Standing[] {
  const settled = new Map<string, number>();
  for (const { frames } of awaited) add(settled, keyOf(frames), 1);
  const stacks = (standing.length > 0 ? standing : counted(awaited)).filter(({ frames }) => !frames.every(isFetch));
  const byKey = new Map(stacks.map((one) => [keyOf(one.frames), one]));
  /** How many functions each waits for. */
  const inner = new Map<string, number>();
  /** What combines the promises that it waits for. */
  const combined = new Map(
    stacks
      .filter(({ frames }) => isCombinator(frames[0]!))
      .map(({ frames }) => [keyOf(withoutCombinators(frames)), frames]),
  );
  const innermostFirst = stacks
    .filter(({ frames }) => !isCombinator(frames[0]!))
    .sort((a, b) => b.frames.length - a.frames.length);
  return innermostFirst.flatMap(({ frames, promises, millis }) => {
    const key = keyOf(frames);
    const outer = frames.slice(1);
    const most = byKey.get(keyOf(outer))?.promises || Number.POSITIVE_INFINITY;
    // A function that waits for a chain of `then`, or for a promise that follows another, has several pending promises.
    const known = settled.get(key) ?? 0;
    const count = Math.min(known > 0 && promises % known === 0 ? known : promises, most);
    const waiting = withoutCombinators(outer);
    if (waiting.length > 0) add(inner, keyOf(waiting), count);
    const covered = inner.get(key) ?? 0;
    // What is more at an outermost function is as likely a chain of `then`.
    const left = covered > 0 && outer.length === 0 ? 0 : count - covered;
    return left > 0 ? [{ frames: combined.get(key) ?? frames, promises: left, millis }] : [];
  });
}

/** These functions by what they wait for, as far as that was found. */
export function suspendedOf(standing: readonly Standing[], awaited: readonly Awaited[]): Suspended[] {
  const byKey = new Map<string, Awaited[]>();
  for (const one of awaited) {
    const key = keyOf(withoutCombinators(one.frames));
    const list = byKey.get(key) ?? [];
    list.push(one);
    byKey.set(key, list);
  }
  return standing.flatMap(({ frames, promises, millis }) => {
    const known = (byKey.get(keyOf(withoutCombinators(frames))) ?? []).slice(0, promises);
    // A row for each kind and minute, so that there are few rows however many wait.
    const rows = new Map<string, Suspended>();
    for (const one of known) {
      const longest = Math.max(one.millis, millis);
      const row = `${one.kind} ${Math.floor(longest / 60_000)}`;
      const { count, millis: before } = rows.get(row) ?? { count: 0, millis: 0 };
      rows.set(row, { frames, kind: one.kind, count: count + 1, millis: Math.max(longest, before) });
    }
    const count = promises - known.length;
    const kind = isFetch(frames[0]!) ? "fetch" : "";
    return count > 0 ? [...rows.values(), { frames, kind, count, millis }] : [...rows.values()];
  });
}

function counted(awaited: readonly Awaited[]): Standing[] {
  const stacks = new Map<string, Standing>();
  for (const { frames } of awaited) {
    const key = keyOf(frames);
    const known = stacks.get(key) ?? { frames, promises: 0, millis: 0 };
    known.promises++;
    stacks.set(key, known);
  }
  return [...stacks.values()];
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

/** From the innermost function on, whose promises they combine. */
function withoutCombinators(frames: readonly SiteFrame[]): readonly SiteFrame[] {
  return frames.slice(frames.findIndex((frame) => !isCombinator(frame)));
}

function keyOf(frames: readonly SiteFrame[]): string {
  return JSON.stringify(frames);
}

/** Whether it is `Promise.all` or the like, and no function of the program. */
function isCombinator([, url, line]: SiteFrame): boolean {
  return url === "" && line === 0;
}

/** Functions of Node's `fetch` itself, which nobody awaits: who has called it waits for its answer. */
function isFetch([, url]: SiteFrame): boolean {
  return url === "node:internal/deps/undici/undici";
}
