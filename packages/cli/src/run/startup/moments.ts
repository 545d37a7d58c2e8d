import { type Profile, TIMESTAMP_LABEL } from "@pprof-ts/profile";

/** What a thread did at a moment, as far as modules go. */
export interface Moment {
  readonly atNanos: bigint;
  /** The time that it stands for. */
  readonly nanos: bigint;
  readonly what: "run" | "load" | "collect" | "else";
  /** The files of the modules at work, each imported by the one before. */
  readonly chain: readonly string[];
  /** Whether it is Node's loader of ES modules, which no module has called. */
  readonly isApart: boolean;
}

/** What one thread of a process did. */
export interface ThreadMoments {
  readonly labels: readonly (readonly [key: string, value: string])[];
  /** The first script of the process; undefined: not known. */
  readonly script: string | undefined;
  /** In the order of time. */
  readonly moments: readonly Moment[];
}

/** What a frame of a stack says. */
interface Frame {
  readonly kind: "module" | "loader" | "esm loader" | "collector" | "profiler" | "program" | "other";
  readonly file: string;
}

/** Node's own loaders of modules, and of them that of ES modules. */
const LOADER = "node:internal/modules/";
const ESM_LOADER = "node:internal/modules/esm/";
/** Modules of Node's that no program imports by itself. */
const INTERNAL = "node:internal/";

/** What the threads did at each sample of a profile whose samples have their times. */
export function readMoments(profile: Profile): ThreadMoments[] {
  const { samples, strings } = profile;
  const frames = Array.from({ length: profile.locations.length }, (_, row) => frameOf(profile, row));
  const threads = new Map<string, { labels: [string, string][]; script: string | undefined; moments: Moment[] }>();
  for (let row = 0; row < samples.length; row++) {
    const labels: [string, string][] = [];
    let atNanos = 0n;
    for (let at = samples.labelStart[row]!; at < samples.labelStart[row + 1]!; at++) {
      const key = strings.get(samples.labels.key[at]!);
      if (key === TIMESTAMP_LABEL) atNanos = samples.labels.num[at]!;
      else labels.push([key, strings.get(samples.labels.str[at]!)]);
    }
    const key = JSON.stringify(labels);
    let thread = threads.get(key);
    if (thread === undefined) {
      thread = { labels, script: undefined, moments: [] };
      threads.set(key, thread);
    }
    const stack = samples.locations.subarray(samples.locationStart[row]!, samples.locationStart[row + 1]!);
    thread.script ??= scriptOf(profile, stack);
    const nanos = samples.values.at(-1)![row]!;
    const moment = momentOf(Array.from(stack, (location) => frames[location]!).reverse());
    if (moment !== undefined) thread.moments.push({ atNanos, nanos, ...moment });
  }
  for (const { moments } of threads.values()) moments.sort((a, b) => Number(a.atNanos - b.atNanos));
  return [...threads.values()];
}

function frameOf({ locations, functions, strings }: Profile, row: number): Frame {
  const line = locations.lineStart[row + 1]! - 1;
  const fn = locations.lines.function[line] ?? -1;
  if (fn < 0) return { kind: "other", file: "" };
  const name = strings.get(functions.name[fn]!);
  const file = strings.get(functions.filename[fn]!);
  if (name === "(garbage collector)") return { kind: "collector", file };
  if (name === "(pprof)") return { kind: "profiler", file };
  if (file.startsWith(ESM_LOADER)) return { kind: "esm loader", file };
  if (file.startsWith(LOADER)) return { kind: "loader", file };
  if (file === "" || file.startsWith(INTERNAL)) return { kind: "other", file };
  if (name.startsWith("(module ")) return { kind: "module", file };
  return { kind: file.startsWith("node:") ? "other" : "program", file };
}

/** What the mapping of the program's own functions is called: its first script. */
function scriptOf({ locations, functions, mappings, strings }: Profile, stack: Uint32Array): string | undefined {
  for (const location of stack) {
    const mapping = locations.mapping[location]!;
    const fn = locations.lines.function[locations.lineStart[location]!] ?? -1;
    if (mapping < 0 || fn < 0) continue;
    const file = strings.get(functions.filename[fn]!);
    if (file !== "" && !file.startsWith("node:")) return strings.get(mappings.filename[mapping]!);
  }
  return undefined;
}

/** `frames`: the outermost first. Undefined: the profiler was at work, between any two moments of the program. */
function momentOf(frames: readonly Frame[]): Pick<Moment, "what" | "chain" | "isApart"> | undefined {
  const chain: string[] = [];
  let isLoading = false;
  let isApart = false;
  let running: string | undefined;
  /** A function that is called when its module is loaded imports for that module, whoever has called it. */
  const importedBy = (file: string | undefined): void => {
    if (file !== undefined && file !== chain.at(-1)) chain.push(file);
  };
  for (const { kind, file } of frames) {
    if (kind === "collector") return { what: "collect", chain: [], isApart: false };
    if (kind === "profiler") return undefined;
    if (kind === "module") {
      if (isLoading) importedBy(running);
      chain.push(file);
      running = file;
      isLoading = false;
      isApart = false;
    } else if (kind === "loader" || kind === "esm loader") {
      isApart ||= kind === "esm loader" && running === undefined;
      isLoading = true;
    } else if (kind === "program" && !isLoading) running = file;
  }
  if (!isLoading) return { what: chain.length > 0 ? "run" : "else", chain, isApart: false };
  importedBy(running);
  return { what: "load", chain, isApart };
}
