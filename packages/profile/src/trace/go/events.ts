/** What an argument of an event is: rows of the tables of strings and stacks are checked against these. */
type Argument = "string" | "stack" | "number";

/** An event with a time; what stands in the file is its number, the time since the event before, and these. */
export interface GoEvent {
  readonly name: string;
  readonly args: readonly Argument[];
}

/** Goroutines, procs, threads, tasks, sequences and all else that is counted. */
const n: Argument = "number";
const text: Argument = "string";
const stack: Argument = "stack";

/** Go's execution traces since 1.22: the events by number, as `internal/trace/tracev2` of Go numbers them. */
export const GO_EVENTS: Readonly<Record<number, GoEvent>> = {
  9: { name: "ProcsChange", args: [n, stack] },
  10: { name: "ProcStart", args: [n, n] },
  11: { name: "ProcStop", args: [] },
  12: { name: "ProcSteal", args: [n, n, n] },
  13: { name: "ProcStatus", args: [n, n] },
  14: { name: "GoCreate", args: [n, stack, stack] },
  15: { name: "GoCreateSyscall", args: [n] },
  16: { name: "GoStart", args: [n, n] },
  17: { name: "GoDestroy", args: [] },
  18: { name: "GoDestroySyscall", args: [] },
  19: { name: "GoStop", args: [text, stack] },
  20: { name: "GoBlock", args: [text, stack] },
  21: { name: "GoUnblock", args: [n, n, stack] },
  22: { name: "GoSyscallBegin", args: [n, stack] },
  23: { name: "GoSyscallEnd", args: [] },
  24: { name: "GoSyscallEndBlocked", args: [] },
  25: { name: "GoStatus", args: [n, n, n] },
  26: { name: "STWBegin", args: [text, stack] },
  27: { name: "STWEnd", args: [] },
  28: { name: "GCActive", args: [n] },
  29: { name: "GCBegin", args: [n, stack] },
  30: { name: "GCEnd", args: [n] },
  31: { name: "GCSweepActive", args: [n] },
  32: { name: "GCSweepBegin", args: [stack] },
  33: { name: "GCSweepEnd", args: [n, n] },
  34: { name: "GCMarkAssistActive", args: [n] },
  35: { name: "GCMarkAssistBegin", args: [stack] },
  36: { name: "GCMarkAssistEnd", args: [] },
  37: { name: "HeapAlloc", args: [n] },
  38: { name: "HeapGoal", args: [n] },
  39: { name: "GoLabel", args: [text] },
  40: { name: "UserTaskBegin", args: [n, n, text, stack] },
  41: { name: "UserTaskEnd", args: [n, stack] },
  42: { name: "UserRegionBegin", args: [n, text, stack] },
  43: { name: "UserRegionEnd", args: [n, text, stack] },
  44: { name: "UserLog", args: [n, text, text, stack] },
  // Since Go 1.23.
  45: { name: "GoSwitch", args: [n, n] },
  46: { name: "GoSwitchDestroy", args: [n, n] },
  47: { name: "GoCreateBlocked", args: [n, stack, stack] },
  48: { name: "GoStatusStack", args: [n, n, n, stack] },
};

/** By its name, the number of an event. */
export const GO_EVENT: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(GO_EVENTS).map(([number, { name }]) => [name, Number(number)]),
);

/** What begins a batch, and the parts of the tables. */
export const EVENT_BATCH = 1;
export const STACKS = 2;
export const STACK = 3;
export const STRINGS = 4;
export const STRING = 5;
export const CPU_SAMPLES = 6;
export const CPU_SAMPLE = 7;
export const FREQUENCY = 8;
export const EXPERIMENTAL_BATCH = 49;
export const SYNC = 50;
export const CLOCK_SNAPSHOT = 51;
export const END_OF_GENERATION = 52;

/** The last event that each version of the format knows. */
export const LAST_EVENT: Readonly<Record<number, number>> = { 22: 44, 23: 49, 25: 51, 26: 52 };

export const GO_STATUS = { runnable: 1, running: 2, syscall: 3, waiting: 4 } as const;
export const PROC_STATUS = { running: 1, idle: 2, syscall: 3, abandoned: 4 } as const;

export const MOST_BATCH = 65_536;
export const MOST_FRAMES = 128;
export const MOST_STRING = 1024;

/** `go 1.22 trace` and the like, filled up with zeros to this. */
export const HEADER_BYTES = 16;
