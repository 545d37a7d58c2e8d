import { FleetError } from "../error.ts";
import { labelsKey } from "../store/labels.ts";
import type { Store, Timeline, TimelineQuery } from "../store/store.ts";

const MOST_LABELS = 16;
/** Of all lines together: more than any picture shows, and what memory is there for. */
const MOST_POINTS = 2_000_000;

/** A line for each set of values of some labels; more labels or points than an answer may have are a `FleetError`. */
export async function linesOverTime(store: Store, query: TimelineQuery): Promise<Timeline> {
  const { selector, range, stepMillis, groupBy } = query;
  if (groupBy.length > MOST_LABELS)
    throw new FleetError(`${groupBy.length} labels to group by: ${MOST_LABELS} are the most`);
  if (groupBy.length > 0) {
    const groups = new Set<string>();
    for (const labels of await store.series(selector, range)) {
      groups.add(labelsKey(new Map(groupBy.map((label) => [label, labels.get(label) ?? ""]))));
    }
    const points = groups.size * Math.ceil((range.toMillis - range.fromMillis) / stepMillis);
    if (points > MOST_POINTS) {
      throw new FleetError(
        `${groups.size} lines of ${Math.round(points / groups.size)} points are too much: a longer step, or a selector, has less`,
      );
    }
  }
  return store.timeline(query);
}
