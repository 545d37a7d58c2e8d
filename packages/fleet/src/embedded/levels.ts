import type { Segment } from "../segment/segment.ts";

const MINUTE = 60_000;

/** How much time a segment spans, from what is written first to what is kept longest. */
export const LEVELS: readonly number[] = [3 * MINUTE, 60 * MINUTE, 24 * 60 * MINUTE];

/** So long after the end of an hour or a day its segments are combined: what comes late is in them. */
const SLACK = 5 * MINUTE;
/** No more is combined at once: it has to be in memory. */
const MOST_BYTES = 24 << 20;

/** The window that a time lies in; services have different ones, so that not all are written at once. */
export function windowOf(service: string, millis: number): number {
  let hash = 0;
  for (let i = 0; i < service.length; i++) hash = (Math.imul(hash, 31) + service.charCodeAt(i)) | 0;
  const span = LEVELS[0]!;
  return Math.floor((millis + ((hash >>> 0) % span)) / span);
}

/** Segments of a service that are to be one, oldest first, and what level that one has. */
export interface Compaction {
  readonly level: number;
  readonly segments: readonly Segment[];
}

/** What of a service is to be combined now. */
export function compactionsOf(segments: readonly Segment[], nowMillis: number): Compaction[] {
  const found: Compaction[] = [];
  const taken = new Set<Segment>();
  for (let level = LEVELS.length - 1; level > 0; level--) {
    const span = LEVELS[level]!;
    const buckets = new Map<number, Segment[]>();
    for (const segment of segments) {
      if (segment.place.level >= level || taken.has(segment)) continue;
      const bucket = Math.floor(segment.firstMillis / span);
      if ((bucket + 1) * span + SLACK > nowMillis) continue;
      buckets.set(bucket, [...(buckets.get(bucket) ?? []), segment]);
    }
    for (const bucket of buckets.values()) {
      for (const group of groupsOf(bucket)) {
        found.push({ level, segments: group });
        for (const segment of group) taken.add(segment);
      }
    }
  }
  return found;
}

/** Groups of at least two that are not too large together. */
function groupsOf(segments: readonly Segment[]): Segment[][] {
  const groups: Segment[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const segment of [...segments].sort((a, b) => a.place.maxSequence - b.place.maxSequence)) {
    bytes += segment.size;
    if (bytes > MOST_BYTES) {
      groups.push([]);
      bytes = segment.size;
    }
    groups.at(-1)!.push(segment);
  }
  return groups.filter((group) => group.length > 1);
}
