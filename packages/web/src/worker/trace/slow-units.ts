import { addTimeSpent, type TraceIndex, type UnitGroup, WaitTotals } from "@pprof-ts/report";
import type { TraceUnits, UnitsBefore } from "../../session/trace-protocol.ts";

/** So many units of a group are sent at most. */
const MOST = 200;

/** A group with its slowest units, and what it was in the other trace. */
export function slowUnits(
  index: TraceIndex,
  { units, ...group }: UnitGroup,
  before: UnitsBefore | undefined,
): TraceUnits {
  const sorted = [...units].sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, MOST);
  const slowest = sorted.map((unit) => {
    const { goroutine, from, to, isOpen } = unit;
    const spent = { running: 0, ready: 0, call: 0, waiting: 0 };
    addTimeSpent(index, unit, spent, new WaitTotals(index));
    return { id: index.goroutines.id[goroutine]!, from, to, isOpen, ...spent };
  });
  return { ...group, slowest, before };
}

/** What a group is found by in another trace. */
export function groupKey({ isTask, kind, name }: Pick<UnitGroup, "isTask" | "kind" | "name">): string {
  return `${isTask} ${kind} ${name}`;
}

/** The groups of another trace, of which no more is kept than what is compared. */
export function groupsBefore(groups: readonly UnitGroup[]): Map<string, UnitsBefore> {
  return new Map(
    groups.map((group) => {
      const { count, p50, p90, p99, most } = group;
      return [groupKey(group), { count, p50, p90, p99, most }];
    }),
  );
}
