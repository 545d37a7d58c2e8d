import { deriveProfile, encode } from "@pprof-ts/profile";
import {
  awaitsInARow,
  clipTrace,
  firstTimeAfter,
  longestTurns,
  NO_ROW,
  storyOf,
  type TraceIndex,
  type TracePart,
  unitGroups,
  victimsOf,
  waitSums,
} from "@pprof-ts/report";
import { partIn } from "../../session/address/trace-place.ts";
import type { TraceQuestions, UnitsBefore } from "../../session/trace-protocol.ts";
import type { Tell } from "../open/arriving.ts";
import { type OpenTrace, readOpenTrace } from "./opened-trace.ts";
import { partSum } from "./part-sum.ts";
import { viewer } from "./picture/view-picture.ts";
import { groupKey, groupsBefore, slowUnits } from "./slow-units.ts";
import { goroutineSpot, laneSpot } from "./spots.ts";
import { traceRows } from "./trace-rows.ts";

type TraceAnswers = {
  readonly [N in keyof TraceQuestions]: (
    argument: Parameters<TraceQuestions[N]>[0],
  ) => ReturnType<TraceQuestions[N]> | Promise<ReturnType<TraceQuestions[N]>>;
};

/** So many groups of tasks and goroutines are told: more than anybody has names for. */
const MOST_GROUPS = 1000;
/** So many waits, and awaits in a row. */
const MOST_WAITS = 2000;

/** Answers about one trace after another. `tell` hears how much of one is read. */
export function traceAnswers(tell: Tell): TraceAnswers {
  let open: OpenTrace | undefined;
  let view: ReturnType<typeof viewer> | undefined;
  let before: ReadonlyMap<string, UnitsBefore> = new Map();
  const index = (): TraceIndex => {
    if (open === undefined) throw new Error("no trace is open");
    return open.index;
  };
  const partOf = (part: string): TracePart => partIn(part, index().trace.durationNanos);
  const rowOf = (id: number): number => index().goroutines.id.indexOf(id);
  return {
    async openTrace(source) {
      const read = await readOpenTrace(source, tell);
      if (read === undefined) return undefined;
      open = read;
      before = new Map();
      view = viewer(read.index);
      return { ...read.opened, load: read.opened.load.slice() };
    },
    async compareTrace(source) {
      before = new Map();
      if (source === undefined) return "";
      const read = await readOpenTrace(source, tell);
      if (read === undefined) throw new Error("it is no trace of a format that is read");
      const { index, opened } = read;
      before = groupsBefore(unitGroups(index, { from: 0, to: index.trace.durationNanos }));
      return opened.name;
    },
    view(asked) {
      if (view === undefined) throw new Error("no trace is open");
      return view(asked);
    },
    rows: (asked) => traceRows(index(), asked),
    spot: (asked) => goroutineSpot(index(), asked),
    laneSpot: (asked) => laneSpot(index(), asked),
    count({ counter, time }) {
      const { time: times, value } = index().counters[counter]!;
      const next = firstTimeAfter(times, time, 0, times.length);
      return next === 0 ? Number.NaN : value[next - 1]!;
    },
    units: ({ part }) =>
      unitGroups(index(), partOf(part))
        .slice(0, MOST_GROUPS)
        .map((group) => slowUnits(index(), group, before.get(groupKey(group)))),
    story: ({ id }) => storyOf(index(), rowOf(id)),
    turns: ({ part }) => longestTurns(index(), partOf(part)),
    victims: ({ lane, time }) => victimsOf(index(), lane, time),
    waits: ({ part }) => waitSums(index(), partOf(part)).slice(0, MOST_WAITS),
    inARow: ({ part }) => awaitsInARow(index(), partOf(part)).slice(0, MOST_WAITS),
    part: ({ part }) => partSum(index(), partOf(part)),
    derived({ of, part, goroutine }) {
      const { trace } = index();
      const name = of || open!.opened.derived[0]!;
      const isWhole = part === "" && goroutine === "";
      const row = goroutine === "" ? NO_ROW : rowOf(Number(goroutine));
      if (goroutine !== "" && row === NO_ROW) throw new Error(`there is no goroutine ${goroutine} in the trace`);
      const profile = deriveProfile(isWhole ? trace : clipTrace(index(), partOf(part), row), name);
      // Without the room that is left behind it: its buffer is what is handed over.
      return encode(profile).slice();
    },
  };
}
