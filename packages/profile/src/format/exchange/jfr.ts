import type { LabelFields } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import type { Profile, ValueType } from "../../profile.ts";
import { FrameBudget } from "../build/frame-budget.ts";
import type { Input } from "../build/input.ts";
import { SymbolSamples, timestamp } from "../build/symbol-samples.ts";
import { isChunk, JfrChunk, type JfrObject, type JfrValue } from "./jfr-chunk.ts";

/** What an event of each class stands for: one of the first type, and of the second what its field says. */
interface EventRow {
  readonly count: string;
  readonly amount?: { readonly type: ValueType; readonly field: string; readonly inTicks?: boolean };
}

const bytes = (type: string): ValueType => ({ type, unit: "bytes" });
const delay: ValueType = { type: "delay", unit: "nanoseconds" };
const waits: EventRow = { count: "contentions", amount: { type: delay, field: "duration", inTicks: true } };

/** The events that have stacks worth a profile, of Java's own recorder and of async-profiler. */
const EVENTS: ReadonlyMap<string, EventRow> = new Map<string, EventRow>([
  ["jdk.ExecutionSample", { count: "samples" }],
  ["jdk.NativeMethodSample", { count: "native" }],
  ["profiler.WallClockSample", { count: "wall" }],
  ["jdk.ObjectAllocationSample", { count: "alloc_samples", amount: { type: bytes("alloc_space"), field: "weight" } }],
  [
    "jdk.ObjectAllocationInNewTLAB",
    { count: "alloc_samples", amount: { type: bytes("alloc_space"), field: "tlabSize" } },
  ],
  [
    "jdk.ObjectAllocationOutsideTLAB",
    { count: "alloc_samples", amount: { type: bytes("alloc_space"), field: "allocationSize" } },
  ],
  ["jdk.JavaMonitorEnter", waits],
  ["jdk.ThreadPark", waits],
  ["profiler.LiveObject", { count: "inuse_objects", amount: { type: bytes("inuse_space"), field: "allocationSize" } }],
  ["profiler.Malloc", { count: "mallocs", amount: { type: bytes("malloc_space"), field: "size" } }],
]);

const [STACKS, METHODS, CLASSES, SYMBOLS, THREADS, STRINGS] = [
  "jdk.types.StackTrace",
  "jdk.types.Method",
  "java.lang.Class",
  "jdk.types.Symbol",
  "java.lang.Thread",
  "java.lang.String",
] as const;
const POOLS: ReadonlySet<string> = new Set([STACKS, METHODS, CLASSES, SYMBOLS, THREADS, STRINGS]);

export function isJfr(input: Input): boolean {
  return isChunk(input.bytes, 0);
}

interface Row {
  readonly stack: readonly number[];
  readonly labels: readonly LabelFields[];
  readonly values: number[];
}

/**
 * Reads recordings of Java's Flight Recorder, of the JDK's own and of async-profiler's: samples, allocations and waits
 * by stack and thread, a sample type for each kind of event that is there.
 */
export function readJfr(input: Input): Profile {
  const budget = new FrameBudget(input.stackBytes);
  const chunks: JfrChunk[] = [];
  for (let at = 0; at < input.bytes.length; at += chunks.at(-1)!.size) {
    if (isChunk(input.bytes, at)) chunks.push(new JfrChunk(input.bytes, at, budget, POOLS));
    else {
      input.odd(`what follows byte ${at} is no chunk of a recording`);
      break;
    }
  }
  const wanted: ReadonlySet<string> = new Set(EVENTS.keys());
  const found = new Set<string>();
  for (const chunk of chunks) for (const [name] of chunk.events(wanted)) found.add(name);
  const types: ValueType[] = [];
  const columnOf = (type: ValueType): number => {
    const column = types.findIndex((known) => known.type === type.type);
    return column < 0 ? types.push(type) - 1 : column;
  };
  const columns = new Map<string, readonly number[]>();
  for (const [name, { count, amount }] of EVENTS) {
    if (!found.has(name)) continue;
    const counted = columnOf({ type: count, unit: "count" });
    columns.set(name, amount === undefined ? [counted] : [counted, columnOf(amount.type)]);
  }
  if (types.length === 0) throw new ProfileError("the recording holds no samples, no allocations and no waits");
  const [first] = chunks;
  const out = new SymbolSamples(
    {
      sampleTypes: types,
      defaultSampleType: types[0]!.type === "samples" ? "samples" : "",
      timeNanos: first!.startNanos,
      durationNanos: chunks.reduce((sum, { durationNanos }) => sum + durationNanos, 0n),
    },
    input.stackBytes,
  );
  for (const chunk of chunks) addChunk(chunk, wanted, columns, types.length, out, input.timestamps);
  return out.build();
}

function addChunk(
  chunk: JfrChunk,
  wanted: ReadonlySet<string>,
  columns: ReadonlyMap<string, readonly number[]>,
  width: number,
  out: SymbolSamples,
  timestamps: boolean,
): void {
  const frames = new Frames(chunk, out);
  const rows = new Map<string, Row>();
  const nanosPerTick = 1e9 / chunk.ticksPerSecond;
  for (const [name, event] of chunk.events(wanted)) {
    const { amount } = EVENTS.get(name)!;
    const [count, sum] = columns.get(name)!;
    // Equal samples of the wall clock may come as one.
    const times = name === "profiler.WallClockSample" ? (numeric(event.samples) ?? 1) : 1;
    const size = amount === undefined ? 0 : (numeric(event[amount.field]) ?? 0) * (amount.inTicks ? nanosPerTick : 1);
    const thread = event.sampledThread ?? event.eventThread;
    const at = timestamps ? String(rows.size) : "";
    const key = `${event.stackTrace}|${thread}|${at}`;
    let row = rows.get(key);
    if (row === undefined) {
      const labels = frames.threadLabels(thread);
      if (timestamps) {
        const ticks = (numeric(event.startTime) ?? 0) - chunk.startTicks;
        labels.push(timestamp(chunk.startNanos + BigInt(Math.round(ticks * nanosPerTick))));
      }
      row = { stack: frames.stack(event.stackTrace), labels, values: Array.from({ length: width }, () => 0) };
      out.spend(2 * row.stack.length + 2 * width);
      rows.set(key, row);
    }
    row.values[count!]! += times;
    if (sum !== undefined) row.values[sum]! += size;
  }
  for (const { stack, labels, values } of rows.values()) out.add(stack, values, labels);
}

function numeric(value: JfrValue): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function fields(value: JfrValue): JfrObject {
  return typeof value === "object" && !Array.isArray(value) ? (value as JfrObject) : {};
}

/** The frames and threads of a chunk, by the numbers of its pools. */
class Frames {
  readonly #chunk: JfrChunk;
  readonly #out: SymbolSamples;
  readonly #functions = new Map<JfrValue, number>();
  readonly #stacks = new Map<JfrValue, readonly number[]>();

  constructor(chunk: JfrChunk, out: SymbolSamples) {
    this.#chunk = chunk;
    this.#out = out;
  }

  /** The locations of a stack, leaf first, as they stand in the recording. */
  stack(key: JfrValue): readonly number[] {
    let known = this.#stacks.get(key);
    if (known === undefined) {
      const { frames } = fields(this.#chunk.entry(STACKS, key));
      known = (Array.isArray(frames) ? frames : []).map((frame: JfrValue) => {
        const { method, lineNumber } = fields(frame);
        return this.#out.place(this.#function(method), { line: Math.max(0, numeric(lineNumber) ?? 0) });
      });
      this.#stacks.set(key, known);
    }
    return known;
  }

  threadLabels(key: JfrValue): LabelFields[] {
    const { javaName, osName } = fields(this.#chunk.entry(THREADS, key));
    const name = [javaName, osName].find((text) => typeof text === "string" && text !== "");
    return typeof name === "string" ? [{ key: "thread", value: this.#out.text(name) }] : [];
  }

  #function(key: JfrValue): number {
    let row = this.#functions.get(key);
    if (row === undefined) {
      const { type, name } = fields(this.#chunk.entry(METHODS, key));
      const owner = this.#symbol(fields(this.#chunk.entry(CLASSES, type)).name).replaceAll("/", ".");
      const method = this.#symbol(name) || "(unknown)";
      row = this.#out.function({ name: owner === "" ? method : `${owner}.${method}` });
      this.#functions.set(key, row);
    }
    return row;
  }

  #symbol(key: JfrValue): string {
    if (typeof key === "string") return key;
    const entry = this.#chunk.entry(SYMBOLS, key);
    const { string } = fields(entry);
    return typeof string === "string" ? string : "";
  }
}
