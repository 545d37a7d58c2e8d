import { ProfileError } from "../../error.ts";
import type { Profile } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import {
  array,
  integer,
  isObject,
  type JsonObject,
  list,
  nameOf,
  number,
  numeric,
  object,
  shown,
  text,
} from "../build/json.ts";
import { addSampledTree, type TreeStacks, treeStacks } from "../build/sampled-tree.ts";
import { type CallFrame, parseCallFrame } from "../build/script-frames.ts";
import { SymbolSamples } from "../build/symbol-samples.ts";
import { CPU_TYPES, cpuProfileTree } from "./cpuprofile.ts";

const HEAD = /^\s*(?:\{\s*"(?:traceEvents|metadata|displayTimeUnit|systemTraceEvents|otherData)"\s*:|\[\s*\{)/;
const EVENT = /"ph"\s*:\s*"/;

export function isChromeTrace(input: Input): boolean {
  return HEAD.test(input.head) && (EVENT.test(input.head) || isObject(input.json()));
}

/** A CPU profile of one thread, as its chunks add up. */
interface Recording {
  readonly pid: unknown;
  readonly tid: unknown;
  readonly frames: CallFrame[];
  readonly parent: number[];
  readonly samples: number[];
  readonly deltas: number[];
  readonly lines: number[];
  startTime: number;
  readonly rowOf: Map<number, number>;
}

const RECORDED = new Set<unknown>(["Profile", "ProfileChunk", "CpuProfile"]);

/** Reads the CPU samples of a trace of Chrome's, Node's or Hermes': of every thread, which is the label `thread`. */
export function readChromeTrace(input: Input): Profile {
  const json = input.json();
  const events = (Array.isArray(json) ? json : array(object(json, "the trace").traceEvents, "traceEvents")).filter(
    isObject,
  );
  const threads = new Map<string, string>();
  for (const { name, pid, tid, args } of events) {
    if (name === "thread_name")
      threads.set(threadKey(pid, tid), nameOf(object(args, "args of an event").name, "name of a thread"));
  }
  const recordings = isObject(json) && isObject(json.stackFrames) ? readStackFrames(json) : readRecordings(events);
  const sampled = recordings.filter(({ samples }) => samples.length > 0);
  if (sampled.length === 0) throw new ProfileError("the trace holds no CPU samples");
  const micros = sampled.map(({ deltas }) => deltas.reduce((sum, delta) => sum + Math.max(delta, 0), 0));
  const count = sampled.reduce((sum, { samples }) => sum + samples.length, 0);
  const out = new SymbolSamples(
    {
      ...CPU_TYPES,
      period: Math.round((micros.reduce((a, b) => a + b) * 1000) / count),
      durationNanos: Math.round(micros.reduce((a, b) => Math.max(a, b)) * 1000),
    },
    input.stackBytes,
  );
  // Threads of Hermes share one tree.
  const known = new Map<readonly CallFrame[], TreeStacks>();
  for (const recording of sampled) {
    const { pid, tid, frames } = recording;
    const value = out.text(threads.get(threadKey(pid, tid)) ?? nameOf(tid, "tid of an event"));
    const stacks = known.get(frames) ?? treeStacks(out, recording);
    known.set(frames, stacks);
    addSampledTree(out, recording, input.timestamps, [{ key: "thread", value }], stacks);
  }
  return out.build();
}

function threadKey(pid: unknown, tid: unknown): string {
  return `${nameOf(pid, "pid of an event")}:${nameOf(tid, "tid of an event")}`;
}

/** The recordings of V8's profiler; traces do not keep the order of time. */
function readRecordings(events: readonly JsonObject[]): Recording[] {
  const recordings = new Map<string, Recording>();
  const inOrder = events
    .filter(({ name }) => RECORDED.has(name))
    .sort((a, b) => (numeric(a.ts) || 0) - (numeric(b.ts) || 0));
  for (const { name, pid, tid, id, args } of inOrder) {
    const key = threadKey(pid, id ?? tid);
    const recording = recordings.get(key) ?? newRecording(pid, tid);
    recordings.set(key, recording);
    const data = object(object(args ?? {}, "args of an event").data ?? {}, "data of an event");
    if (typeof data.startTime === "number") recording.startTime = data.startTime;
    if (name === "CpuProfile") addWhole(recording, object(data.cpuProfile, "cpuProfile of an event"));
    else addChunk(recording, data);
  }
  return [...recordings.values()];
}

function newRecording(pid: unknown, tid: unknown): Recording {
  return { pid, tid, frames: [], parent: [], samples: [], deltas: [], lines: [], startTime: 0, rowOf: new Map() };
}

const MISSING: CallFrame = { functionName: "(missing)", url: "", lineNumber: -1, columnNumber: -1 };

/** The row of a node; one that a chunk told which the trace has lost is made up. */
function nodeRow({ frames, parent, rowOf }: Recording, id: number): number {
  let row = rowOf.get(id);
  if (row === undefined) {
    row = frames.push(MISSING) - 1;
    parent.push(-1);
    rowOf.set(id, row);
  }
  return row;
}

/** Adds the nodes and samples of a ProfileChunk; each refers to nodes of its own or of chunks before it. */
function addChunk(recording: Recording, data: JsonObject): void {
  const { frames, parent, rowOf, samples, deltas, lines } = recording;
  const profile = object(data.cpuProfile ?? {}, "cpuProfile of a chunk");
  for (const value of list(profile.nodes, "nodes of a chunk")) {
    const node = object(value, "a node");
    const up = node.parent === undefined ? -1 : nodeRow(recording, integer(node.parent, "parent of a node"));
    const row = frames.push(parseCallFrame(node.callFrame, "callFrame of a node")) - 1;
    parent.push(up);
    rowOf.set(integer(node.id, "id of a node"), row);
  }
  for (const id of list(profile.samples, "samples of a chunk")) {
    samples.push(nodeRow(recording, integer(id, "a sample")));
  }
  for (const delta of list(data.timeDeltas, "timeDeltas of a chunk")) deltas.push(number(delta, "a delta"));
  for (const line of list(profile.lines ?? data.lines, "lines of a chunk")) lines.push(integer(line, "a line"));
  // Not every chunk tells its lines.
  while (deltas.length < samples.length) deltas.push(0);
  while (lines.length < samples.length) lines.push(0);
}

/** Adds the event of a trace before 2017, which holds a `.cpuprofile`. */
function addWhole(recording: Recording, json: JsonObject): void {
  const tree = cpuProfileTree(json);
  const base = recording.frames.length;
  recording.startTime = tree.startTime;
  for (const frame of tree.frames) recording.frames.push(frame);
  for (const row of tree.parent) recording.parent.push(row < 0 ? row : row + base);
  tree.samples.forEach((node, i) => {
    recording.samples.push(node + base);
    recording.deltas.push(tree.deltas[i] ?? 0);
    recording.lines.push(tree.lines[i] ?? 0);
  });
}

/** The samples of a trace whose stacks are a table beside its events, as Hermes writes it: a recording for each thread. */
function readStackFrames(json: JsonObject): Recording[] {
  const table = Object.entries(object(json.stackFrames, "stackFrames"));
  const rowOf = new Map(table.map(([id], row) => [id, row]));
  const find = (id: unknown, what: string): number => {
    const row = rowOf.get(nameOf(id, what));
    if (row === undefined) throw new ProfileError(`malformed profile: ${what} is ${shown(id)}, which is not there`);
    return row;
  };
  const frames: CallFrame[] = [];
  const parent: number[] = [];
  for (const [, value] of table) {
    const frame = object(value, "a stack frame");
    frames.push(placedFrame(text(frame.name, "name of a stack frame")));
    parent.push(frame.parent === undefined ? -1 : find(frame.parent, "parent of a stack frame"));
  }
  const recordings = new Map<string, Recording>();
  const samples = list(json.samples, "samples").map((value) => object(value, "a sample"));
  const last = new Map<Recording, number>();
  for (const { pid, tid, ts, sf } of samples.sort((a, b) => numeric(a.ts) - numeric(b.ts))) {
    const key = threadKey(pid, tid);
    const now = number(numeric(ts), "ts of a sample");
    const recording = recordings.get(key) ?? { ...newRecording(pid, tid), frames, parent, startTime: now };
    recordings.set(key, recording);
    recording.samples.push(find(sf, "sf of a sample"));
    recording.deltas.push(now - (last.get(recording) ?? now));
    last.set(recording, now);
  }
  return [...recordings.values()];
}

/** Hermes puts a function's place behind its name: `name(url:line:column)`. */
function placedFrame(name: string): CallFrame {
  const open = name.indexOf("(");
  const columnAt = name.lastIndexOf(":");
  const lineAt = name.lastIndexOf(":", columnAt - 1);
  const [line, column] = [Number(name.slice(lineAt + 1, columnAt)), Number(name.slice(columnAt + 1, -1))];
  if (
    open < 0 ||
    lineAt < open ||
    !name.endsWith(")") ||
    !Number.isSafeInteger(line) ||
    !Number.isSafeInteger(column)
  ) {
    return { functionName: name, url: "", lineNumber: -1, columnNumber: -1 };
  }
  return {
    functionName: name.slice(0, open),
    url: name.slice(open + 1, lineAt),
    lineNumber: line - 1,
    columnNumber: column - 1,
  };
}
