import { DERIVED_NAMES, gunzip, isGzip, readTrace, traceFormats } from "@pprof-ts/profile";
import { indexTrace, type TraceIndex, type TraceLane, traceNotes } from "@pprof-ts/report";
import type { ProfileSource } from "../../session/protocol.ts";
import type { ShownLane, TraceOpened } from "../../session/trace-protocol.ts";
import { arriving, type Tell } from "../open/arriving.ts";
import { derivedCounters } from "./derived-counters.ts";
import { stackDepth } from "./picture/stack-boxes.ts";

/** A trace that is open. */
export interface OpenTrace {
  readonly index: TraceIndex;
  readonly opened: TraceOpened;
}

/** The load is told for so many equal parts of the whole time. */
const LOAD_PARTS = 1200;
/** So many counters are shown. */
const MOST_COUNTERS = 100;

/** Reads a trace; undefined where it is none of any format that is read. */
export async function readOpenTrace(source: ProfileSource, tell: Tell): Promise<OpenTrace | undefined> {
  const packed = await allOf(source, tell);
  const bytes = isGzip(packed) ? await gunzip(packed) : packed;
  if (!traceFormats.some(({ recognises }) => recognises?.(bytes))) return undefined;
  const { trace, broken } = readTrace(bytes);
  const read = indexTrace(trace);
  const index = { ...read, counters: [...derivedCounters(read), ...read.counters].slice(0, MOST_COUNTERS) };
  return { index, opened: openedOf(index, source.name, bytes.length, broken) };
}

async function allOf(source: ProfileSource, tell: Tell): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes, kept } = await arriving(source, tell);
  if (!(bytes instanceof Uint8Array)) for await (const _ of bytes);
  return kept();
}

function openedOf(index: TraceIndex, name: string, bytes: number, broken: string | undefined): TraceOpened {
  const { trace, goroutines, tasks, counters, stops } = index;
  const lanes = shownLanes(index);
  const hasSamples = index.lanes.some(({ samples }) => samples.length > 0);
  const usual = hasSamples ? "cpu" : "await";
  return {
    name,
    bytes,
    durationNanos: trace.durationNanos,
    events: trace.events.length,
    goroutines: goroutines.length,
    tasks: tasks.length,
    lanes,
    counters: counters.map(({ name, unit }) => ({ name, unit })),
    hasStops: stops.length > 0,
    derived: [usual, ...DERIVED_NAMES.filter((name) => name !== usual && (name !== "cpu" || hasSamples))],
    load: loadOf(index),
    notes: [...traceNotes(index), ...(broken === undefined ? [] : [`The rest is not read: ${broken}`])],
  };
}

/** The main loop first, or else the procs by their numbers; what did nothing is no lane. */
function shownLanes(index: TraceIndex): ShownLane[] {
  const busyOf = ({ busy }: TraceLane): number => busy.at(-1) ?? 0;
  const shown = index.lanes.flatMap((lane, row) => {
    if (lane.length + lane.samples.length === 0) return [];
    return [{ row, name: lane.name, depth: stackDepth(index, lane), busyNanos: busyOf(lane), number: lane.number }];
  });
  shown.sort((a, b) => a.number - b.number);
  return shown.map(({ number: _, ...lane }) => lane);
}

function loadOf({ lanes, trace }: TraceIndex): Float64Array {
  const load = new Float64Array(LOAD_PARTS);
  const part = trace.durationNanos / LOAD_PARTS || 1;
  for (const { from, to, length } of lanes) {
    for (let entry = 0; entry < length; entry++) {
      const first = Math.floor(from[entry]! / part);
      const last = Math.min(LOAD_PARTS - 1, Math.floor(to[entry]! / part));
      for (let at = first; at <= last; at++) {
        load[at]! += (Math.min(to[entry]!, (at + 1) * part) - Math.max(from[entry]!, at * part)) / part;
      }
    }
  }
  return load;
}
