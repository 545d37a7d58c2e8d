import { ProfileError } from "../error.ts";
import type { Profile } from "../profile.ts";
import { CPU_TYPES, cpuProfileTree } from "./cpuprofile.ts";
import type { Input } from "./input.ts";
import { array, integer, isObject, type JsonObject, list, number, object } from "./json.ts";
import { addSampledTree } from "./sampled-tree.ts";
import { type CallFrame, parseCallFrame } from "./script-frames.ts";
import { SymbolSamples } from "./symbol-samples.ts";

const HEAD = /^\s*(?:\{\s*"(?:traceEvents|metadata|displayTimeUnit|systemTraceEvents|otherData)"\s*:|\[\s*\{)/;
const EVENT = /"ph"\s*:\s*"/;

export function isChromeTrace(input: Input): boolean {
  return HEAD.test(input.head) && (EVENT.test(input.head) || isObject(input.json()));
}

/** A CPU profile of one thread, as its chunks add up. */
interface Recording {
  readonly thread: string;
  readonly pid: unknown;
  readonly tid: unknown;
  readonly frames: CallFrame[];
  readonly parent: number[];
  readonly rowOf: Map<number, number>;
  readonly samples: number[];
  readonly deltas: number[];
  readonly lines: number[];
  startTime: number;
}

/** Reads the CPU samples of a trace of Chrome's or Node's: of every thread, which is the label `thread`. */
export function readChromeTrace(input: Input): Profile {
  const json = input.json();
  const events = Array.isArray(json) ? json : array(object(json, "the trace").traceEvents, "traceEvents");
  const recordings = new Map<string, Recording>();
  const names = new Map<string, string>();
  for (const value of events) {
    if (!isObject(value)) continue;
    const { name, pid, tid, id } = value;
    if (name !== "Profile" && name !== "ProfileChunk" && name !== "CpuProfile" && name !== "thread_name") continue;
    const args = object(value.args ?? {}, `args of a ${name} event`);
    if (name === "thread_name") {
      names.set(`${pid}:${tid}`, String(args.name));
      continue;
    }
    const key = JSON.stringify([pid, id ?? tid]);
    let recording = recordings.get(key);
    if (recording === undefined) {
      recording = newRecording(pid, tid);
      recordings.set(key, recording);
    }
    const data = object(args.data ?? {}, `data of a ${name} event`);
    if (typeof data.startTime === "number") recording.startTime = data.startTime;
    if (name === "CpuProfile") addWhole(recording, object(data.cpuProfile, "cpuProfile of an event"));
    else addChunk(recording, data);
  }
  const sampled = [...recordings.values()].filter(({ samples }) => samples.length > 0);
  if (sampled.length === 0) throw new ProfileError("the trace holds no CPU samples");
  const micros = sampled.map(({ deltas }) => deltas.reduce((sum, delta) => sum + Math.max(delta, 0), 0));
  const count = sampled.reduce((sum, { samples }) => sum + samples.length, 0);
  const out = new SymbolSamples({
    ...CPU_TYPES,
    period: Math.round((micros.reduce((a, b) => a + b) * 1000) / count),
    durationNanos: Math.round(micros.reduce((a, b) => Math.max(a, b)) * 1000),
  });
  for (const recording of sampled) {
    const { pid, tid } = recording;
    const thread = names.get(`${pid}:${tid}`) ?? `${tid}`;
    addSampledTree(out, recording, input.timestamps, [{ key: "thread", value: thread }]);
  }
  return out.build();
}

function newRecording(pid: unknown, tid: unknown): Recording {
  return {
    thread: "",
    pid,
    tid,
    frames: [],
    parent: [],
    rowOf: new Map(),
    samples: [],
    deltas: [],
    lines: [],
    startTime: 0,
  };
}

/** Adds the nodes and samples of a ProfileChunk; each refers to nodes of its own or of chunks before it. */
function addChunk(recording: Recording, data: JsonObject): void {
  const { frames, parent, rowOf, samples, deltas, lines } = recording;
  const profile = object(data.cpuProfile ?? {}, "cpuProfile of a chunk");
  const find = (id: unknown, what: string): number => {
    const row = rowOf.get(integer(id, what));
    if (row === undefined) throw new ProfileError(`malformed profile: ${what} is node ${id}, which is not there`);
    return row;
  };
  for (const value of list(profile.nodes, "nodes of a chunk")) {
    const node = object(value, "a node");
    const row = frames.push(parseCallFrame(node.callFrame, "callFrame of a node")) - 1;
    rowOf.set(integer(node.id, "id of a node"), row);
    parent.push(node.parent === undefined ? -1 : find(node.parent, "parent of a node"));
  }
  for (const id of list(profile.samples, "samples of a chunk")) samples.push(find(id, "a sample"));
  for (const delta of list(data.timeDeltas, "timeDeltas of a chunk")) deltas.push(number(delta, "a delta"));
  for (const line of list(profile.lines ?? data.lines, "lines of a chunk")) lines.push(integer(line, "a line"));
}

/** Adds the event of a trace before 2017, which holds a `.cpuprofile`. */
function addWhole(recording: Recording, json: JsonObject): void {
  const tree = cpuProfileTree(json);
  const base = recording.frames.length;
  recording.startTime = tree.startTime;
  recording.frames.push(...tree.frames);
  recording.parent.push(...tree.parent.map((row) => (row < 0 ? row : row + base)));
  for (const node of tree.samples) recording.samples.push(node + base);
  recording.deltas.push(...tree.deltas);
  recording.lines.push(...tree.lines);
}
