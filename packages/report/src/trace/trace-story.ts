import { criticalPath, type PathStep } from "./critical-path.ts";
import {
  firstSpanFrom,
  goroutineName,
  LEAST_SPAN_NANOS,
  NO_ROW,
  spanEnd,
  type TraceIndex,
  type TraceLane,
} from "./index/trace-index.ts";
import { type SpanTold, spanTold } from "./index/wait-text.ts";
import { type Staircase, staircases } from "./staircases.ts";
import { addTimeSpent, type TimeSpent, type Unit, WaitTotals } from "./task-groups.ts";

/** All that is told of one request, task or goroutine; `id` is its goroutine's number in the trace. Times are in nanoseconds. */
export interface TraceStory extends TimeSpent {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
  readonly from: number;
  readonly to: number;
  readonly isOpen: boolean;
  readonly waits: readonly { readonly what: string; readonly nanos: number; readonly count: number }[];
  /** How many CPU samples there are of it. */
  readonly samples: number;
  readonly steps: readonly StoryStep[];
  /** How many more there are. */
  readonly moreSteps: number;
  /** What was done for its sake: calls, tasks, regions that others ran meanwhile. */
  readonly parts: readonly StoryPart[];
  /** The task that it is a part of or, without one, the goroutine that made it. */
  readonly whole: StoryPart | undefined;
  readonly regions: readonly {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly depth: number;
  }[];
  readonly logs: readonly { readonly time: number; readonly key: string; readonly value: string }[];
  readonly path: readonly PathStep[];
  readonly stairs: readonly Staircase[];
}

/** What it did for a time. */
export interface StoryStep extends SpanTold {
  readonly from: number;
  readonly to: number;
  /** Why it waits, as the trace has it: `network`. */
  readonly reason: string;
}

/** A task or goroutine that belongs to it. */
export interface StoryPart {
  /** The number of its goroutine, and that of the task, 0 where it is none. */
  readonly id: number;
  readonly task: number;
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

const MOST_STEPS = 500;
const MOST_PARTS = 200;

/** The story of the goroutine in a row of the index; undefined for `NO_ROW`. */
export function storyOf(index: TraceIndex, goroutine: number): TraceStory | undefined {
  if (goroutine === NO_ROW) return undefined;
  const { goroutines, tasks, trace } = index;
  const task = goroutines.task[goroutine]!;
  // A goroutine that the recorder has made for a task is that task.
  if (task !== NO_ROW && goroutines.kind[goroutine] !== 0) return storyOfTask(index, task);
  const begun = goroutines.from[goroutine]!;
  const to = goroutines.to[goroutine]!;
  return storyIn(index, {
    name: goroutineName(index, goroutine),
    goroutine,
    task,
    from: task === NO_ROW ? begun : Math.min(tasks.from[task]!, begun),
    to,
    isOpen: task === NO_ROW ? to >= trace.durationNanos : tasks.isOpen[task] === 1,
  });
}

/** The story of the task with this number, which may share its goroutine with others; undefined where there is none. */
export function taskStory(index: TraceIndex, id: number): TraceStory | undefined {
  const { tasks } = index;
  const task = tasks.id.subarray(0, tasks.length).lastIndexOf(id);
  return task < 0 ? undefined : storyOfTask(index, task);
}

function storyOfTask(index: TraceIndex, task: number): TraceStory {
  const { tasks, trace } = index;
  return storyIn(index, {
    name: trace.strings[tasks.name[task]!]!,
    goroutine: tasks.goroutine[task]!,
    task,
    from: tasks.from[task]!,
    to: tasks.to[task]!,
    isOpen: tasks.isOpen[task] === 1,
  });
}

/** Whose story it is. */
interface Told extends Unit {
  readonly name: string;
}

function storyIn(index: TraceIndex, told: Told): TraceStory {
  const { goroutine, task, from, to } = told;
  const { trace, goroutines, tasks } = index;
  const waits = new WaitTotals(index);
  const spent = { running: 0, ready: 0, call: 0, waiting: 0 };
  addTimeSpent(index, told, spent, waits);
  const all = stepsOf(index, told);
  const parts = partsOf(index, told);
  const wholeTask = task === NO_ROW ? NO_ROW : tasks.parent[task]!;
  const whole = wholeTask === NO_ROW ? goroutines.maker[goroutine]! : tasks.goroutine[wholeTask]!;
  const isPart = whole !== NO_ROW && whole !== goroutine;
  const id = goroutines.id[goroutine]!;
  // What other goroutines did for it meanwhile.
  const others = parts.filter((part) => part.id !== id);
  return {
    id,
    name: told.name,
    kind: trace.strings[goroutines.kind[goroutine]!]!,
    from,
    to,
    isOpen: told.isOpen,
    ...spent,
    waits: waits.sorted(),
    samples: index.lanes.reduce((sum, { samples }) => sum + samplesIn(samples, told), 0),
    steps: all.slice(0, MOST_STEPS),
    moreSteps: Math.max(0, all.length - MOST_STEPS),
    parts: parts.slice(0, MOST_PARTS),
    whole: !isPart ? undefined : wholeTask === NO_ROW ? partOf(index, whole) : taskPart(index, wholeTask),
    regions: regionsOf(index, told),
    logs: logsOf(index, told),
    path: criticalPath(index, goroutine, from, to),
    stairs: staircases(all, others, to - from, goroutines.kind[goroutine] === 0),
  };
}

function samplesIn({ length, time, goroutine }: TraceLane["samples"], told: Told): number {
  let count = 0;
  for (let at = 0; at < length; at++) {
    if (goroutine[at] === told.goroutine && time[at]! >= told.from && time[at]! <= told.to) count++;
  }
  return count;
}

function partOf(index: TraceIndex, goroutine: number): StoryPart {
  const { id, from, to } = index.goroutines;
  const name = goroutineName(index, goroutine);
  return { id: id[goroutine]!, task: 0, name, from: from[goroutine]!, to: to[goroutine]! };
}

function taskPart({ tasks, goroutines, trace }: TraceIndex, task: number): StoryPart {
  const id = goroutines.id[tasks.goroutine[task]!]!;
  const name = trace.strings[tasks.name[task]!]!;
  return { id, task: tasks.id[task]!, name, from: tasks.from[task]!, to: tasks.to[task]! };
}

function stepsOf(index: TraceIndex, told: Told): StoryStep[] {
  const { goroutines, spans, trace } = index;
  const steps: StoryStep[] = [];
  const start = goroutines.spanStart[told.goroutine]!;
  const end = goroutines.spanEnd[told.goroutine]!;
  for (let span = firstSpanFrom(index, told.goroutine, told.from); span < end; span++) {
    const from = Math.max(spans.from[span]!, told.from);
    const to = Math.min(spanEnd(index, told.goroutine, span), told.to);
    if (from > told.to) break;
    // Instants between two waits say nothing.
    if (to - from < LEAST_SPAN_NANOS && end - start > 1) continue;
    const { state, ...rest } = spanTold(index, span);
    steps.push({ state, from, to, reason: trace.strings[spans.reason[span]!]!, ...rest });
  }
  return steps;
}

/** Tasks that are parts of its task, and goroutines that it made for one of our recorder's kinds, such as `http client`. */
function partsOf(index: TraceIndex, { goroutine, task, from, to }: Told): StoryPart[] {
  const { tasks, goroutines } = index;
  const parts: StoryPart[] = [];
  const rows = new Set([goroutine]);
  for (let row = 0; task !== NO_ROW && row < tasks.length; row++) {
    if (tasks.parent[row] !== task) continue;
    rows.add(tasks.goroutine[row]!);
    parts.push(taskPart(index, row));
  }
  for (let row = 0; row < goroutines.length; row++) {
    if (goroutines.maker[row] !== goroutine || goroutines.kind[row] === 0 || rows.has(row)) continue;
    if (goroutines.from[row]! >= from && goroutines.from[row]! <= to) parts.push(partOf(index, row));
  }
  return parts.sort((a, b) => a.from - b.from);
}

function regionsOf({ regions, trace }: TraceIndex, { goroutine, from, to }: Told): TraceStory["regions"] {
  const found: { name: string; from: number; to: number; depth: number }[] = [];
  for (let row = 0; row < regions.length; row++) {
    if (regions.goroutine[row] !== goroutine || found.length >= MOST_PARTS) continue;
    if (regions.to[row]! < from || regions.from[row]! > to) continue;
    const name = trace.strings[regions.name[row]!]!;
    found.push({ name, from: regions.from[row]!, to: regions.to[row]!, depth: regions.depth[row]! });
  }
  return found.sort((a, b) => a.from - b.from || a.depth - b.depth);
}

function logsOf(
  { logs, trace, goroutines, tasks }: TraceIndex,
  { goroutine, task, from, to }: Told,
): TraceStory["logs"] {
  const { events, strings } = trace;
  const taskId = task === NO_ROW ? Number.NaN : tasks.id[task]!;
  const id = goroutines.id[goroutine]!;
  const found: { time: number; key: string; value: string }[] = [];
  for (const i of logs) {
    const time = events.time[i]!;
    const isOwn = events.goroutine[i] === id && events.a[i] === 0 && time >= from && time <= to;
    if (events.a[i] !== taskId && !isOwn) continue;
    found.push({ time, key: strings[events.b[i]!]!, value: strings[events.c[i]!]! });
    if (found.length >= MOST_PARTS) break;
  }
  return found;
}
