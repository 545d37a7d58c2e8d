import { combineBlocks } from "../segment/combine.ts";
import { compactionsOf } from "./levels.ts";
import type { SegmentFolder } from "./segment-folder.ts";
import type { ServiceState } from "./service-state.ts";

/** Writes what a service has in memory as a segment. Where that fails, all is as it was. */
export async function seal(state: ServiceState, folder: SegmentFolder): Promise<void> {
  const { head } = state;
  if (head.isEmpty) return;
  const segment = await folder.write(head.content(), { level: 0, maxSequence: head.maxSequence }, []);
  state.segments.push(segment);
  state.renewHead();
  state.firstLog = Number.POSITIVE_INFINITY;
  state.series.clear();
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
