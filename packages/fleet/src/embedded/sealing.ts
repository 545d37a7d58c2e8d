import { combineBlocks } from "../segment/combine.ts";
import type { Limits } from "../store/limits.ts";
import { compactionsOf } from "./levels.ts";
import type { SegmentFolder } from "./segment-folder.ts";
import type { ServiceState } from "./service-state.ts";

/** So many bytes of names are known of a service when it begins with empty tables. */
const MOST_TEXT = 8 << 20;

/** Writes what a service has in memory as a segment. Where that fails, all is as it was. */
export async function seal(state: ServiceState, folder: SegmentFolder, limits: Limits): Promise<void> {
  const { head } = state;
  if (head.isEmpty) return;
  const content = await combineBlocks([head], head.counters.values());
  const segment = await folder.write(content, { level: 0, maxSequence: head.maxSequence }, []);
  state.segments.push(segment);
  // Stacks that no longer come are forgotten.
  const isLarge = head.rowCount > limits.stacks / 2 || head.symbols().strings.utf8.length > MOST_TEXT;
  head.clear();
  state.firstLog = Number.POSITIVE_INFINITY;
  state.series.clear();
  if (isLarge) state.renewHead();
}

/** Combines what of a service is due. */
export async function compact(state: ServiceState, folder: SegmentFolder, nowMillis: number): Promise<void> {
  removeLeftover(state, folder);
  for (const { level, segments } of compactionsOf(state.segments, nowMillis)) {
    const last = segments.at(-1)!;
    const counters = last === state.newest ? last.counters() : [];
    const place = { level, maxSequence: last.place.maxSequence };
    const combined = await folder.write(await combineBlocks(segments, counters), place, segments);
    state.segments = [...state.segments.filter((segment) => !segments.includes(segment)), combined].sort(
      (a, b) => a.place.maxSequence - b.place.maxSequence,
    );
    // Before these are taken the place of: then nothing would say that what is left is theirs, too.
    state.leftover.push(...segments);
    removeLeftover(state, folder);
  }
}

/** Removes what is older than `sinceMillis`. */
export function expire(state: ServiceState, folder: SegmentFolder, sinceMillis: number): void {
  const expired = state.segments.filter((segment) => segment.lastMillis < sinceMillis);
  if (expired.length === 0) return;
  state.segments = state.segments.filter((segment) => segment.lastMillis >= sinceMillis);
  state.leftover.push(...expired);
  removeLeftover(state, folder);
}

/** Throws where one cannot be removed, which is tried again the next time. */
function removeLeftover(state: ServiceState, folder: SegmentFolder): void {
  for (let segment = state.leftover.at(-1); segment !== undefined; segment = state.leftover.at(-1)) {
    folder.remove(segment);
    state.leftover.pop();
  }
}
