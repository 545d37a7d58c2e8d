import { ProfileError } from "../../error.ts";
import { known, type Rule } from "./schedule.ts";

/** What goes on of a goroutine, by the name of the event that begins it, and for this reason. */
function begins(event: string): Rule {
  return {
    needs: "goroutine",
    act(now, args, { goroutine }) {
      const { ranges } = known(now, goroutine!);
      const reason = event === STOP ? args[0]! : 0;
      if (ranges.some((range) => range.event === event && range.reason === reason)) {
        throw new ProfileError(`${event} within another one`);
      }
      ranges.push({ event, reason });
      return true;
    },
  };
}

function ends(event: string): Rule {
  return {
    needs: "goroutine",
    act(now, _args, { goroutine }) {
      const { ranges } = known(now, goroutine!);
      const at = ranges.findIndex((range) => range.event === event);
      if (at < 0) throw new ProfileError(`the end of ${event}, which has not begun`);
      const [range] = ranges.splice(at, 1);
      // Of a later generation, in which the number may mean nothing: there Go panics.
      if (range!.reason !== 0 && !now.strings.has(range!.reason)) {
        throw new ProfileError(`the end of ${event}, whose reason generation ${now.generation} has not`);
      }
      return true;
    },
  };
}

const STOP = "STWBegin";
const ASSIST = "GCMarkAssistBegin";

/** What events of collections, tasks, regions and all else demand, and what they change. */
export const OTHER_RULES: Readonly<Record<string, Rule>> = {
  ProcsChange: { needs: "goroutine" },
  STWBegin: begins(STOP),
  STWEnd: ends(STOP),
  GCMarkAssistBegin: begins(ASSIST),
  GCMarkAssistEnd: ends(ASSIST),
  GCMarkAssistActive: {
    needs: "nothing",
    act(now, [number]) {
      const { ranges } = known(now, number!);
      const assists = ranges.some((range) => range.event === ASSIST);
      if (assists === now.isFirst) {
        throw new ProfileError(`goroutine ${number} assists in ${assists ? "two collections" : "none"}`);
      }
      if (!assists) ranges.push({ event: ASSIST, reason: 0 });
      return true;
    },
  },
  GCActive: {
    needs: "nothing",
    act(now, [sequence]) {
      if (now.isFirst) {
        if (now.collects !== undefined) throw new ProfileError("GCActive is not the first that is told of collections");
      } else if (sequence !== now.collections + 1) return false;
      else if (now.collects !== true) throw new ProfileError("GCActive while nothing is collected");
      now.collects = true;
      now.collections = sequence!;
      return true;
    },
  },
  GCBegin: {
    needs: "nothing",
    act(now, [sequence], thread) {
      if (now.collects !== undefined) {
        if (sequence !== now.collections + 1) return false;
        if (now.collects) throw new ProfileError("GCBegin within another one");
        if (thread.proc === undefined || thread.goroutine === undefined)
          throw new ProfileError("GCBegin where nothing runs");
      }
      now.collects = true;
      now.collections = sequence!;
      return true;
    },
  },
  GCEnd: {
    needs: "nothing",
    act(now, [sequence], thread) {
      if (sequence !== now.collections + 1) return false;
      if (now.collects !== true) throw new ProfileError("GCEnd while nothing is collected");
      if (thread.proc === undefined || thread.goroutine === undefined)
        throw new ProfileError("GCEnd where nothing runs");
      now.collects = false;
      now.collections = sequence!;
      return true;
    },
  },
  GCSweepActive: {
    needs: "nothing",
    act(now, [number]) {
      if (!now.procs.has(number!)) throw new ProfileError(`proc ${number} is not known`);
      if (!now.isFirst && !now.sweeps.has(number!)) throw new ProfileError(`proc ${number} sweeps nothing`);
      now.sweeps.add(number!);
      return true;
    },
  },
  GCSweepBegin: {
    needs: "proc",
    act(now, _args, { proc }) {
      if (now.sweeps.has(proc!)) throw new ProfileError("GCSweepBegin within another one");
      now.sweeps.add(proc!);
      return true;
    },
  },
  GCSweepEnd: {
    needs: "proc",
    act(now, _args, { proc }) {
      if (!now.sweeps.delete(proc!)) throw new ProfileError("GCSweepEnd while nothing is swept");
      return true;
    },
  },
  HeapAlloc: { needs: "proc" },
  HeapGoal: { needs: "proc" },
  GoLabel: { needs: "goroutine" },
  UserTaskBegin: {
    needs: "goroutine",
    act(now, [task]) {
      if (now.tasks.has(task!)) throw new ProfileError(`task ${task} begins twice`);
      now.tasks.add(task!);
      return true;
    },
  },
  UserTaskEnd: {
    needs: "goroutine",
    act(now, [task]) {
      now.tasks.delete(task!);
      return true;
    },
  },
  UserRegionBegin: {
    needs: "goroutine",
    act(now, [task, name], { goroutine }) {
      known(now, goroutine!).regions.push(`${task} ${now.strings.get(name!)}`);
      return true;
    },
  },
  UserRegionEnd: {
    needs: "goroutine",
    act(now, [task, name], { goroutine }) {
      const { regions } = known(now, goroutine!);
      // One that began before the trace, or on another goroutine.
      if (regions.length === 0) return true;
      const text = now.strings.get(name!);
      if (regions.pop() !== `${task} ${text}`) throw new ProfileError(`region "${text}" ends before one within it`);
      return true;
    },
  },
  UserLog: { needs: "goroutine" },
};
