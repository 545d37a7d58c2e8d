import type { AwaitsInARow, TraceStory, TraceTurn, TurnVictims, UnitGroup, WaitSum } from "@pprof-ts/report";
import type { ProfileSource } from "./protocol.ts";

/** What the pages ask of a trace, which has a worker of its own. */
export interface TraceQuestions {
  /** Opens a trace, about which all other questions are; its bytes are handed over and not copied. Undefined: it is in no format that is read. */
  readonly openTrace: (source: ProfileSource) => TraceOpened | undefined;
  /** Reads another trace, to compare the tasks of both; undefined: with none any more. The answer is its name. */
  readonly compareTrace: (source: ProfileSource | undefined) => string;
  /** What to draw of some rows between two times. */
  readonly view: (asked: ViewAsked) => ViewPicture;
  /** The goroutines and tasks that have something to show between two times, in the order of their beginnings. */
  readonly rows: (asked: RowsAsked) => TraceRows;
  /** What a goroutine does at a time. */
  readonly spot: (asked: { readonly goroutine: number; readonly time: number }) => Spot;
  /** What a lane does at a time. */
  readonly laneSpot: (asked: { readonly lane: number; readonly time: number }) => LaneSpot;
  /** The value of a counter at a time; NaN before its first. */
  readonly count: (asked: { readonly counter: number; readonly time: number }) => number;
  /** Tasks by name. `before` is the name of the trace that they are compared with: answers are kept by what was asked, and with another one they are others. */
  readonly units: (asked: PartAsked & { readonly before: string }) => readonly TraceUnits[];
  /** All that is told of one goroutine, by its number in the trace. */
  readonly story: (asked: { readonly id: number }) => TraceStory | undefined;
  readonly turns: (asked: PartAsked) => readonly TraceTurn[];
  /** Whom it delayed that a lane was busy at a time. */
  readonly victims: (asked: { readonly lane: number; readonly time: number }) => TurnVictims;
  readonly waits: (asked: PartAsked) => readonly WaitSum[];
  /** Functions that await one thing after the other. */
  readonly inARow: (asked: PartAsked) => readonly AwaitsInARow[];
  /** Where time went in a part of the trace. */
  readonly part: (asked: PartAsked) => PartSum;
  /** A profile made of the trace, as the bytes of its file. */
  readonly derived: (asked: DerivedAsked) => Uint8Array<ArrayBuffer>;
}

/** A part of a trace, `FROM:TO` in seconds as addresses have it; "": all of it. */
export interface PartAsked {
  readonly part: string;
}

export interface DerivedAsked extends PartAsked {
  /** Which profile, as `await`; "": the first of `TraceOpened.derived`. */
  readonly of: string;
  /** A goroutine's number, or "" for all. */
  readonly goroutine: string;
}

/** All tasks of one name, or goroutines without one, of which the slowest are named. */
export type TraceUnits = Omit<UnitGroup, "units"> & {
  readonly slowest: readonly SlowUnit[];
  /** The same in the trace that it is compared with; undefined where there was none. */
  readonly before: UnitsBefore | undefined;
};

/** How many there were, and how long they took. */
export type UnitsBefore = Pick<UnitGroup, "count" | "p50" | "p90" | "p99" | "most">;

export interface SlowUnit {
  /** The number of its goroutine. */
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly isOpen: boolean;
  readonly running: number;
  readonly ready: number;
  readonly call: number;
  readonly waiting: number;
}

/** What a trace says of itself. */
export interface TraceOpened {
  readonly name: string;
  readonly bytes: number;
  readonly durationNanos: number;
  readonly events: number;
  readonly goroutines: number;
  readonly tasks: number;
  readonly lanes: readonly ShownLane[];
  readonly counters: readonly { readonly name: string; readonly unit: "bytes" | "count" }[];
  /** Whether anything ever stood still for a garbage collection. */
  readonly hasStops: boolean;
  /** The names of the profiles that can be made of it; the first is shown where none is chosen. */
  readonly derived: readonly string[];
  /** The whole time in equal parts: for each, how many lanes were busy on average. */
  readonly load: Float64Array;
  /** What the recorder says of it, and what could not be read. */
  readonly notes: readonly string[];
}

/** A lane; they come in the order in which they are shown. */
export interface ShownLane {
  /** What it is asked for by. */
  readonly row: number;
  readonly name: string;
  /** How deep the stacks or slices are that are drawn below it. */
  readonly depth: number;
  readonly busyNanos: number;
}

/** A row of the picture: `of` is a row of the index's lanes, counters, goroutines or tasks, by the kind. */
export interface ViewRow {
  readonly kind: "lane" | "stack" | "stops" | "counter" | "goroutine" | "task";
  readonly of: number;
}

export interface ViewAsked {
  readonly from: number;
  readonly to: number;
  /** How long a pixel is, in nanoseconds. */
  readonly pixel: number;
  readonly rows: readonly ViewRow[];
}

/** Boxes, columns of a row each. Those of one row of the picture come in the order of time. */
export interface ViewPicture {
  readonly asked: ViewAsked;
  readonly length: number;
  /** A row of what was asked. */
  readonly row: Uint16Array;
  /** How deep it is in its row. */
  readonly depth: Uint8Array;
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** What it looks like: below `NAMED` a row of `BOX_STYLES`; from there on one of the colours of the palette, by its name. */
  readonly style: Uint8Array;
  /** How strong its colour is, up to 255: spans that are narrower than a pixel are one box, which is paler the less of it was so. */
  readonly share: Uint8Array;
  /** A row of `labels`; -1: none. */
  readonly label: Int32Array;
  readonly labels: readonly string[];
  readonly lines: readonly CounterLine[];
}

/** A counter on screen: by pixel, the least and the most that it was there; NaN before its first value. */
export interface CounterLine {
  readonly row: number;
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** The most of the whole trace. */
  readonly most: number;
  readonly unit: "bytes" | "count";
}

export const BOX_STYLES = [
  "running",
  "ready",
  "waiting",
  "network",
  "sync",
  "sleep",
  "call",
  "gc",
  "stop",
  "task",
  "pool",
] as const;

export type BoxStyle = (typeof BOX_STYLES)[number];

/** Colours by name have numbers from here on. */
export const NAMED = 16;

export interface RowsAsked {
  readonly from: number;
  readonly to: number;
  readonly search: string;
}

export interface TraceRows {
  /** A row of the index's goroutines or, where `isTask`, of its tasks. */
  readonly row: Uint32Array;
  /** A task that shares its goroutine with others, or with a lane. */
  readonly isTask: Uint8Array;
  /** 0: it stands by itself; 1: it is a part of the last one above it with 0; and so on. */
  readonly depth: Uint8Array;
  /** The goroutine's number in the trace; 0 for tasks. */
  readonly id: Float64Array;
  /** A row of `labels`. */
  readonly label: Uint32Array;
  readonly labels: readonly string[];
  readonly from: Float64Array;
  readonly to: Float64Array;
  /** How many there are beyond those. */
  readonly more: number;
}

/** What a goroutine does at a time, for the tip at the mouse. */
export interface Spot {
  readonly name: string;
  readonly id: number;
  readonly state: string;
  readonly from: number;
  readonly to: number;
  readonly why: string;
  readonly stack: readonly string[];
  /** Who woke it; "" where nobody knows. */
  readonly waker: string;
  readonly wakerId: number;
}

/** What a lane does at a time. */
export interface LaneSpot {
  readonly name: string;
  readonly id: number;
  /** "": nothing runs. */
  readonly state: string;
  readonly from: number;
  readonly to: number;
  /** The stack of the sample that is the nearest. */
  readonly stack: readonly string[];
}

/** Where the time of all goroutines went between two times, added up; in nanoseconds. `stopped`: for how long none could run. */
export interface PartSum {
  readonly running: number;
  readonly ready: number;
  readonly waiting: number;
  readonly call: number;
  readonly stopped: number;
  readonly lanes: number;
  readonly durationNanos: number;
}
