import type { LabelFields } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import type { Profile, ValueType } from "../../profile.ts";
import type { Input } from "../build/input.ts";
import {
  array,
  index,
  integer,
  isObject,
  type JsonObject,
  list,
  number,
  numeric,
  object,
  text,
} from "../build/json.ts";
import { depthsOf } from "../build/sampled-tree.ts";
import { SymbolSamples, timestamp, toInt64 } from "../build/symbol-samples.ts";

const MARK = /"(?:preprocessedProfileVersion|sampleUnits|markerSchema|stackTable|frameTable)"\s*:/;
const NANOS_PER_MS = 1e6;
/** What a unit of `threadCPUDelta` is in nanoseconds. */
const CPU_UNITS = new Map<unknown, number>([
  ["ns", 1],
  ["µs", 1e3],
]);

export function isFirefox(input: Input): boolean {
  if (
    !/^\s*\{/.test(input.head) ||
    !(MARK.test(input.head) || /^\s*\{\s*"(?:meta|libs|threads|shared)"/.test(input.head))
  ) {
    return false;
  }
  const json = input.json();
  return isObject(json) && isObject(json.meta) && Array.isArray(json.threads) && "interval" in json.meta;
}

/**
 * Reads a processed profile of the Firefox Profiler (of Firefox, samply and others): samples and the time they stand for,
 * CPU time where the threads tell it, and bytes; the labels are `thread`, `process`, `pid` and `tid`.
 */
export function readFirefox(input: Input): Profile {
  const json = object(input.json(), "the profile");
  const meta = object(json.meta, "meta");
  const interval = number(meta.interval, "meta.interval") * NANOS_PER_MS;
  const values = array(json.threads, "threads");
  if (values.some((value) => !isObject(value) || (isObject(value.samples) && "schema" in value.samples))) {
    throw new ProfileError(
      "the profile is as Gecko wrote it: the Firefox Profiler saves it as a processed one, which is read",
    );
  }
  const threads = values.map((value, i) => object(value, `thread ${i}`));
  const units = isObject(meta.sampleUnits) ? meta.sampleUnits : {};
  const cpuUnit = CPU_UNITS.get(units.threadCPUDelta);
  const hasCpu = cpuUnit !== undefined && threads.some(({ samples }) => isObject(samples) && isCpu(samples));
  const hasBytes = threads.some(({ samples }) => isObject(samples) && samples.weightType === "bytes");
  const types: ValueType[] = [
    { type: "samples", unit: "count" },
    { type: "time", unit: "nanoseconds" },
    ...(hasCpu ? [{ type: "cpu", unit: "nanoseconds" }] : []),
    ...(hasBytes ? [{ type: "space", unit: "bytes" }] : []),
  ];
  const start = toInt64(number(meta.startTime ?? 0, "meta.startTime") * 1000) * 1000n;
  const out = new SymbolSamples(
    {
      sampleTypes: types,
      periodType: { type: "time", unit: "nanoseconds" },
      period: Math.round(interval),
      timeNanos: start,
    },
    input.stackBytes,
  );
  const shared = new Libraries(out, list(json.libs, "libs"));
  const forests: Forests = new Map();
  const sharedTables = isObject(json.shared) ? json.shared : {};
  let sharedStacks: Stacks | undefined;
  for (const thread of threads) {
    const hasOwn = thread.libs !== undefined || TABLES.some((name) => thread[name] !== undefined);
    // Early versions have the libraries with each thread.
    const libraries = thread.libs === undefined ? shared : new Libraries(out, list(thread.libs, "libs"));
    const ownStacks = hasOwn
      ? readStacks((name) => thread[name] ?? sharedTables[name], out, libraries, forests)
      : undefined;
    if (!hasOwn) sharedStacks ??= readStacks((name) => sharedTables[name], out, shared, forests);
    const { stackOf, depthOf } = ownStacks ?? sharedStacks!;
    const labels: LabelFields[] = [{ key: "thread", value: out.text(text(thread.name ?? "", "name of a thread")) }];
    if (typeof thread.processName === "string") labels.push({ key: "process", value: out.text(thread.processName) });
    for (const key of ["pid", "tid"]) {
      const id = numeric(thread[key]);
      if (Number.isSafeInteger(id)) labels.push({ key, value: id });
    }
    const samples = object(thread.samples, "samples of a thread");
    const weights = list(samples.weight, "weight");
    const deltas = isCpu(samples) ? array(samples.threadCPUDelta, "threadCPUDelta") : [];
    const times = input.timestamps ? readTimes(samples) : undefined;
    const isBytes = samples.weightType === "bytes";
    const isTracing = samples.weightType === "tracing-ms";
    const rows = new Map<number, number[]>();
    const stacks = array(samples.stack, "stack of samples");
    const foresee = (rows: readonly unknown[]): void => {
      const frames = rows.reduce<number>((sum, row) => sum + depthOf(integer(row, "stack of a sample")), 0);
      const labelled = labels.length + (times === undefined ? 0 : 1);
      out.foresee({ samples: rows.length, frames, values: types.length, labels: labelled });
    };
    if (times !== undefined) foresee(stacks.filter((stack) => stack !== null));
    stacks.forEach((stack, i) => {
      if (stack === null) return;
      const row = integer(stack, "stack of a sample");
      const weight = number(weights[i] ?? 1, "weight of a sample");
      const count = isBytes || isTracing ? Math.sign(weight) : weight;
      const time = isTracing ? weight * NANOS_PER_MS : isBytes ? 0 : weight * interval;
      // The first delta says nothing: there was no sample before it.
      const cpu = i === 0 ? 0 : number(deltas[i] ?? 0, "threadCPUDelta of a sample") * (cpuUnit ?? 0);
      const values = [count, time, ...(hasCpu ? [cpu] : []), ...(hasBytes ? [isBytes ? weight : 0] : [])];
      if (times !== undefined) {
        out.add(stackOf(row), values, [...labels, timestamp(start + toInt64((times[i] ?? 0) * NANOS_PER_MS))]);
        return;
      }
      const sums = rows.get(row);
      if (sums === undefined) rows.set(row, values);
      else for (let k = 0; k < sums.length; k++) sums[k]! += values[k]!;
    });
    foresee([...rows.keys()]);
    for (const [row, values] of rows) out.add(stackOf(row), values, labels);
  }
  return out.build();
}

function isCpu(samples: JsonObject): boolean {
  return Array.isArray(samples.threadCPUDelta);
}

/** When each sample was taken, in milliseconds from the start of the profile. */
function readTimes(samples: JsonObject): number[] {
  if (samples.time !== undefined) return array(samples.time, "time").map((time) => number(time, "time of a sample"));
  let now = 0;
  return list(samples.timeDeltas, "timeDeltas").map((delta) => {
    now += number(delta, "a time delta");
    return now;
  });
}

/** The mapping of each library, made when a frame is in it. */
class Libraries {
  readonly #out: SymbolSamples;
  readonly #libs: readonly unknown[];
  readonly #rows = new Map<number, number>();

  constructor(out: SymbolSamples, libs: readonly unknown[]) {
    this.#out = out;
    this.#libs = libs;
  }

  mapping(lib: unknown): number | undefined {
    if (typeof lib !== "number" || !(lib in this.#libs)) return undefined;
    let row = this.#rows.get(lib);
    if (row === undefined) {
      const fields = object(this.#libs[lib], "a library");
      row = this.#out.mapping({
        filename: text(fields.path ?? fields.name ?? "", "path of a library"),
        buildId: text(fields.codeId ?? "", "codeId of a library"),
      });
      this.#rows.set(lib, row);
    }
    return row;
  }
}

/** What a thread has of its own, or all threads share. */
const TABLES = [
  "stackTable",
  "frameTable",
  "funcTable",
  "resourceTable",
  "sources",
  "sourceLocationTable",
  "stringArray",
  "stringTable",
] as const;
type Tables = (name: (typeof TABLES)[number]) => unknown;
interface Stacks {
  readonly depthOf: (stack: number) => number;
  /** The locations of a row of the stack table, leaf first. */
  readonly stackOf: (stack: number) => number[];
}
/** The callers of the rows of a stack table, which threads may share, by its prefixes. */
type Forests = Map<readonly unknown[], { readonly parent: readonly number[]; readonly depths: Int32Array }>;

function readStacks(tables: Tables, out: SymbolSamples, libraries: Libraries, forests: Forests): Stacks {
  const table = (name: (typeof TABLES)[number]): JsonObject => object(tables(name), name);
  const stacks = table("stackTable");
  // Since version 66 a caller is so many rows before, and 0 is none.
  const isOffset = stacks.prefix === undefined && stacks.prefixOffset !== undefined;
  const prefix = isOffset
    ? array(stacks.prefixOffset, "prefixOffset of stackTable")
    : array(stacks.prefix, "prefix of stackTable");
  const callerOf = (up: unknown, row: number): number => {
    if (up === null || up === -1 || (isOffset && up === 0)) return -1;
    return index(isOffset ? row - integer(up, "a prefixOffset") : up, prefix.length, "a prefix");
  };
  let forest = forests.get(prefix);
  if (forest === undefined) {
    const parent = prefix.map(callerOf);
    forest = { parent, depths: depthsOf(parent) };
    forests.set(prefix, forest);
  }
  const { parent, depths } = forest;
  const frameOf = array(stacks.frame, "frame of stackTable");
  const locationOf = readFrames(table("frameTable"), table("funcTable"), tables, out, libraries);
  const depthOf = (stack: number): number => depths[index(stack, parent.length, "a stack")]!;
  const stackOf = (stack: number): number[] => {
    const locations: number[] = [];
    for (let up = index(stack, parent.length, "a stack"); up >= 0; up = parent[up]!)
      locations.push(locationOf(frameOf[up]));
    return locations;
  };
  return { depthOf, stackOf };
}

/** Where something stood before it was compiled. */
interface Original {
  readonly source: unknown;
  readonly line: unknown;
  readonly column: unknown;
}

function originalAt(table: unknown, row: unknown): Original | undefined {
  if (typeof row !== "number" || row < 0 || !isObject(table)) return undefined;
  const at = (name: string): unknown => list(table[name], name)[row];
  return { source: at("source"), line: at("line"), column: at("column") };
}

function readFrames(
  frames: JsonObject,
  functions: JsonObject,
  tables: Tables,
  out: SymbolSamples,
  libraries: Libraries,
): (frame: unknown) => number {
  const strings = array(tables("stringArray") ?? tables("stringTable"), "stringArray");
  const string = (row: unknown): string =>
    typeof row === "number" && row >= 0 ? text(strings[index(row, strings.length, "a string")], "a string") : "";
  const column = (of: JsonObject, name: string): readonly unknown[] => list(of[name], name);
  const functionOf = array(frames.func, "func of frameTable");
  const names = array(functions.name, "name of funcTable");
  const [lines, columns, addresses] = [column(frames, "line"), column(frames, "column"), column(frames, "address")];
  const [files, sources, startLines] = [
    column(functions, "fileName"),
    column(functions, "source"),
    column(functions, "lineNumber"),
  ];
  const resources = column(functions, "resource");
  // Since version 70 a frame has its library itself.
  const libOf = frames.lib === undefined ? undefined : column(frames, "lib");
  const originals = tables("sourceLocationTable");
  const original = (of: JsonObject) => {
    const rows = column(of, "originalLocation");
    return (row: number): Original | undefined => originalAt(originals, rows[row]);
  };
  const [frameOriginal, functionOriginal] = [original(frames), original(functions)];
  const [resourceTable, sourceTable] = [tables("resourceTable"), tables("sources")];
  const libs = isObject(resourceTable) ? column(resourceTable, "lib") : [];
  const sourceNames = isObject(sourceTable) ? column(sourceTable, "filename") : [];
  const functionRows = new Map<number, number>();
  const functionRow = (fn: number): number => {
    let row = functionRows.get(fn);
    if (row === undefined) {
      const before = functionOriginal(fn);
      const source = before?.source ?? sources[fn];
      row = out.function({
        name: string(names[fn]) || "(anonymous)",
        filename: string(files[fn] ?? (typeof source === "number" ? sourceNames[source] : undefined)),
        startLine: integer(before?.line ?? startLines[fn] ?? 0, "lineNumber of a function"),
      });
      functionRows.set(fn, row);
    }
    return row;
  };
  const locations = new Map<number, number>();
  return (value) => {
    const frame = index(value, functionOf.length, "a frame");
    const known = locations.get(frame);
    if (known !== undefined) return known;
    const fn = index(functionOf[frame], names.length, "a function");
    const address = addresses[frame];
    const resource = resources[fn];
    const lib = libOf === undefined ? (typeof resource === "number" ? libs[resource] : undefined) : libOf[frame];
    const mapping = libraries.mapping(lib);
    const before = frameOriginal(frame);
    const location = out.place(functionRow(fn), {
      line: integer(before?.line ?? lines[frame] ?? 0, "line of a frame"),
      column: integer(before?.column ?? columns[frame] ?? 0, "column of a frame"),
      ...(typeof address === "number" && address > 0
        ? { address: BigInt(integer(address, "address of a frame")) }
        : {}),
      ...(mapping === undefined ? {} : { mapping }),
    });
    locations.set(frame, location);
    return location;
  };
}
