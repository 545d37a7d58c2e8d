import type { Profile } from "@pprof-ts/profile";
import { FleetError } from "../error.ts";
import { type Labels, labelsKey } from "./labels.ts";
import { MOST_STEPS, type TimelineQuery, type TimeRange, type TopQuery, type TopRow } from "./store.ts";

const MOST_ROWS = 100_000;

/** A `FleetError` for a range that is none. */
export function checkRange({ fromMillis, toMillis }: TimeRange): void {
  if (!(Number.isFinite(fromMillis) && Number.isFinite(toMillis) && fromMillis <= toMillis)) {
    throw new FleetError(`invalid range: ${fromMillis} to ${toMillis} is no time`);
  }
}

/** How many steps a timeline has; a `FleetError` where that is none or too many. */
export function stepsOf({ range, stepMillis }: TimelineQuery): number {
  checkRange(range);
  const steps = Math.ceil((range.toMillis - range.fromMillis) / stepMillis);
  if (!(stepMillis >= 1 && steps <= MOST_STEPS)) {
    throw new FleetError(`invalid step: ${stepMillis} ms makes ${steps} steps, and there may be ${MOST_STEPS}`);
  }
  return steps;
}

/** A `FleetError` for a limit that is none. */
export function checkTop({ range, limit }: TopQuery): void {
  checkRange(range);
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= MOST_ROWS)) {
    throw new FleetError(`invalid limit: ${limit} is no number from 1 to ${MOST_ROWS}`);
  }
}

export function isWithin({ fromMillis, toMillis }: TimeRange, millis: number): boolean {
  return millis >= fromMillis && millis < toMillis;
}

/** Of some labels those by which a timeline is grouped. */
export function groupLabels(labels: Labels, groupBy: readonly string[]): Labels {
  return new Map(groupBy.flatMap((label) => (labels.has(label) ? [[label, labels.get(label)!]] : [])));
}

/** How far a process's clock is ahead of the collector's, by the end of a profile; undefined: the profile tells no time. */
export function skewMillis(
  { timeNanos, durationNanos }: Pick<Profile, "timeNanos" | "durationNanos">,
  receivedMillis: number,
): number | undefined {
  return timeNanos === 0n ? undefined : Number((timeNanos + durationNanos) / 1_000_000n) - receivedMillis;
}

/** The rows that have most, and of equal ones those whose names come first. */
export function topRows(rows: TopRow[], { sort, limit }: TopQuery): TopRow[] {
  const names = (row: TopRow): string => labelsKey(new Map([[row.service, row.function]]));
  return rows.sort((a, b) => b[sort] - a[sort] || (names(a) < names(b) ? -1 : 1)).slice(0, limit);
}
