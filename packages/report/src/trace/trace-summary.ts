import { type AwaitsInARow, awaitsInARow } from "./awaits-in-a-row.ts";
import type { TraceIndex } from "./index/trace-index.ts";
import { type TracePart, type UnitGroup, unitGroups } from "./task-groups.ts";
import { longestTurns, type TraceTurn } from "./turns.ts";
import { type WaitSum, waitSums } from "./wait-sums.ts";
import { stoppedWhileRunning, type WorldStops, worldStops } from "./world-stops.ts";

/** What `pprof trace` prints first; times in nanoseconds. */
export interface TraceSummary {
  readonly durationNanos: number;
  readonly lanes: readonly LaneLoad[];
  readonly tasks: readonly TaskGroup[];
  /** The longest times for which something ran, longest first. */
  readonly turns: readonly TraceTurn[];
  readonly waits: readonly WaitSum[];
  /** Functions that await one thing after the other, where time might be saved. */
  readonly inARow: readonly AwaitsInARow[];
  readonly regions: readonly RegionGroup[];
  readonly collections: { readonly count: number; readonly nanos: number };
  /** What the recorder says of the trace itself: that something is missing, and why. */
  readonly notes: readonly string[];
}

/** For how long a lane was busy: a proc of Go, a thread, an event loop. */
export interface LaneLoad {
  /** A row of the lanes. */
  readonly lane: number;
  readonly name: string;
  readonly busyNanos: number;
}

/** The tasks of one name: requests of a route, calls of a server, a program's own. */
export interface TaskGroup extends Omit<UnitGroup, "units" | "histogram" | "isTask"> {
  /** The number of the one that took longest. */
  readonly slowest: number;
  /** For how long they would have run, had not all been stopped by the garbage collector. */
  readonly collecting: number;
}

/** The regions of one name or, of formats that have slices on threads, the slices. The time of each includes that of regions within it. */
export interface RegionGroup {
  readonly name: string;
  readonly count: number;
  readonly nanos: number;
  readonly most: number;
}

/** The key of logs by which the recorder says something of the trace itself. */
const OWN_KEY = "pprof";

export function summarizeTrace(index: TraceIndex): TraceSummary {
  const { durationNanos } = index.trace;
  const all: TracePart = { from: 0, to: durationNanos };
  const stops = worldStops(index);
  return {
    durationNanos,
    lanes: lanesOf(index),
    tasks: tasksOf(index, all, stops),
    turns: longestTurns(index, all),
    waits: waitSums(index, all),
    inARow: awaitsInARow(index, all),
    regions: regionsOf(index),
    collections: {
      count: stops.from.length,
      nanos: stops.from.reduce((sum, from, row) => sum + stops.to[row]! - from, 0),
    },
    notes: traceNotes(index),
  };
}

/** What the recorder says of the trace itself. */
export function traceNotes({ trace: { events, strings }, logs }: TraceIndex): string[] {
  const notes: string[] = [];
  for (const i of logs) if (strings[events.b[i]!] === OWN_KEY) notes.push(strings[events.c[i]!]!);
  return notes;
}

/** The lanes on which anything ran, the busiest first. */
function lanesOf({ lanes }: TraceIndex): LaneLoad[] {
  const busy = lanes.map(({ name, busy }, lane) => ({ lane, name, busyNanos: busy.at(-1)! }));
  return busy.filter(({ busyNanos }) => busyNanos > 0).sort((a, b) => b.busyNanos - a.busyNanos);
}

function tasksOf(index: TraceIndex, part: TracePart, stops: WorldStops): TaskGroup[] {
  return unitGroups(index, part)
    .filter(({ isTask }) => isTask)
    .map(({ units, histogram: _, isTask: __, ...group }) => {
      const slowest = units.reduce((most, unit) => (unit.to - unit.from > most.to - most.from ? unit : most));
      return {
        ...group,
        slowest: index.tasks.id[slowest.task]!,
        collecting: units.reduce((sum, unit) => sum + stoppedWhileRunning(index, stops, unit), 0),
      };
    });
}

function regionsOf({ regions, trace }: TraceIndex): RegionGroup[] {
  const groups = new Map<number, { name: string; count: number; nanos: number; most: number }>();
  for (let row = 0; row < regions.length; row++) {
    const name = regions.name[row]!;
    const group = groups.get(name) ?? { name: trace.strings[name]!, count: 0, nanos: 0, most: 0 };
    const nanos = regions.to[row]! - regions.from[row]!;
    group.count++;
    group.nanos += nanos;
    group.most = Math.max(group.most, nanos);
    groups.set(name, group);
  }
  return [...groups.values()].sort((a, b) => b.nanos - a.nanos);
}
