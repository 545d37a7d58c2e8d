import { type Profile, subtract, type Trace, type TraceFormat, traceFormats } from "@pprof-ts/profile";
import { RuntimeError } from "../../error.ts";
import type { EndpointName } from "../../exchange/profile-names.ts";
import { CPU_RATE, MOST_RATE } from "../../exchange/rates.ts";
import { type Answer, type Call, download, httpError, integer, json, page, plain, refuse } from "../../http/call.ts";
import { oneLine } from "../code/one-line.ts";
import { waitFor } from "../inspector/within.ts";
import { type Collector, collectors, customCollector, customCounts, findCollector } from "../profile/collectors.ts";
import { pack } from "../profile/pack.ts";
import type { Profilers } from "../profile/profilers.ts";
import { type IndexEntry, indexPage, type ProcessList, processesJson, type Samplers } from "./index-page.ts";

/** A profile as an answer that is not packed yet. */
export interface Unpacked {
  /** What it is called as a file. */
  readonly filename: string;
  readonly profile: Profile;
}

interface Endpoint {
  readonly name: EndpointName;
  readonly description: string;
  serve(call: Call, profilers: Profilers): Answer | Promise<Answer | Unpacked>;
}

/** How much a trace has, and whether it is exact; without one, it is where that costs little. */
const LEVELS: Readonly<Record<string, boolean | undefined>> = { "": undefined, L: false, E: true };

const INVALID_LAST = 'invalid value for "last" - must be a positive integer';
const INVALID_SECONDS = 'invalid value for "seconds" - must be a positive integer';

/** What is there beside the profiles of `collectors`. */
const endpoints: readonly Endpoint[] = [
  {
    name: "cmdline",
    description: "The command line invocation of the current program",
    serve: (_call, { surroundings }) => plain(surroundings.program.commandLine.join("\0")),
  },
  {
    name: "profile",
    description:
      "CPU profile of all threads. You can set the duration with the seconds parameter (default 30) and the samples a second with rate (default 100).",
    serve: serveCpu,
  },
  {
    name: "symbol",
    description:
      "Maps given program counters to function names. Counters can be specified in a GET raw query or POST body, multiple counters are separated by '+'.",
    serve: serveSymbols,
  },
  {
    name: "trace",
    description:
      "A trace of execution of the main thread, for go tool trace. You can set the duration with the seconds parameter (default 1, also parts of one); format=chrome and format=perfetto are for other viewers, level=L and level=E for less and more of it.",
    serve: serveTrace,
  },
];

/** Whether this is something else than a profile of `collectors` or of the program's own. */
export function isEndpoint(name: string): boolean {
  return endpoints.some((endpoint) => endpoint.name === name);
}

/**
 * Answers a call: the index, or what it names. Everything that fails is an answer as well. `processes`: those that the index
 * lists.
 */
export async function handle(call: Call, profilers: Profilers, processes?: ProcessList): Promise<Answer> {
  const answer = await handleUnpacked(call, profilers, processes);
  if (!isUnpacked(answer)) return answer;
  return packed(answer).catch(failure);
}

/** As a file. */
export async function packed({ filename, profile }: Unpacked): Promise<Answer> {
  return download(filename, await pack(profile));
}

export function isUnpacked(answer: Answer | Unpacked): answer is Unpacked {
  return "profile" in answer;
}

/** The same, with a profile as it is, for whoever has a use for it. */
export async function handleUnpacked(
  call: Call,
  profilers: Profilers,
  processes?: ProcessList,
): Promise<Answer | Unpacked> {
  const endpoint = endpoints.find(({ name }) => name === call.name);
  if (call.method !== "GET" && call.method !== "HEAD" && !(call.method === "POST" && call.name === "symbol")) {
    const answer = httpError(405, "Method Not Allowed");
    const allow = call.name === "symbol" ? "GET, HEAD, POST" : "GET, HEAD";
    return { ...answer, headers: { ...answer.headers, allow } };
  }
  try {
    if (call.name === "") return await serveIndex(call, profilers, processes);
    if (endpoint !== undefined) return await endpoint.serve(call, profilers);
    const collector = await findCollector(profilers, call.name);
    return collector === undefined ? refuse(404, "Unknown profile") : await serveProfile(collector, call, profilers);
  } catch (error) {
    return failure(error);
  }
}

/** What went wrong, as an answer, after `what` was tried. */
function failure(error: unknown, what = ""): Answer {
  const { status, retrySeconds } = error instanceof RuntimeError ? error : new RuntimeError("");
  const answer = refuse(status, `${what}${error instanceof Error ? error.message : error}`);
  if (retrySeconds === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, "retry-after": String(retrySeconds) } };
}

async function serveIndex({ accept }: Call, profilers: Profilers, processes?: ProcessList): Promise<Answer> {
  // Without an inspector there is still an index: what needs one says so when it is asked for.
  const custom = await customCounts(profilers).catch(() => ({}));
  const rows = [...collectors, ...Object.keys(custom).map(customCollector)];
  const entries: IndexEntry[] = await Promise.all(
    rows.map(async (row) => ({
      name: row.name,
      description: row.description,
      count: await row.count?.(profilers).catch(() => undefined),
      profile: true,
    })),
  );
  for (const { name, description } of endpoints) entries.push({ name, description, count: undefined, profile: false });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const samplers = await samplersOf(profilers).catch(() => undefined);
  if (!/\bapplication\/json\b/.test(accept)) return page(indexPage(entries, samplers, processes));
  return json({
    samplers: samplers ?? null,
    ...(processes === undefined ? {} : { processes: processesJson(processes) }),
    profiles: entries.map(({ name, description, count }) => ({ name, description, count: count ?? null })),
  });
}

async function samplersOf(profilers: Profilers): Promise<Samplers> {
  const { cpu, heap, threads } = await profilers.inspect();
  const { budget, coverage } = profilers;
  return {
    profile: await cpu.describe(),
    heap: heap.describe(),
    stalls: budget.describe(),
    coverage: coverage.describe(),
    workers: threads.turnover.describe(),
  };
}

async function serveCpu(call: Call, profilers: Profilers): Promise<Answer | Unpacked> {
  const asked = integer(call.query.get("seconds"));
  if (asked === undefined) return refuse(400, INVALID_SECONDS);
  // As in Go, no duration and one that is not positive mean the default.
  const seconds = asked > 0 ? asked : 30;
  const rate = integer(call.query.get("rate"));
  if (rate === undefined || rate < 0 || rate > MOST_RATE) {
    return refuse(400, 'invalid value for "rate" - must be samples a second, from 1 to 10000');
  }
  const last = integer(call.query.get("last"));
  if (last === undefined || last < 0) return refuse(400, INVALID_LAST);
  const late = last > 0 ? undefined : exceeds(call, seconds, profilers);
  if (late !== undefined) return late;
  try {
    const { cpu } = await profilers.inspect();
    const timeline = call.query.get("timeline") === "1";
    if (last > 0) return { filename: "profile", profile: await cpu.last(last, { rate, timeline }) };
    const lines = call.query.get("lines");
    const options = {
      rate: rate || CPU_RATE,
      lines: lines === null ? ("auto" as const) : lines === "1",
      timeline,
    };
    return { filename: "profile", profile: await cpu.capture(seconds, options, call.signal) };
  } catch (error) {
    return failure(error, "Could not enable CPU profiling: ");
  }
}

async function serveTrace(call: Call, profilers: Profilers): Promise<Answer> {
  const taken = await takeTrace(call, profilers);
  return "trace" in taken ? packedTrace(taken) : taken;
}

/** A trace that was taken, and in what format it is wanted. */
interface TakenTrace {
  readonly trace: Trace;
  readonly format: TraceFormat;
}

/** When a trace began, which Go's format does not tell; among processes. */
export const BEGAN = "x-trace-began";

export function packedTrace({ trace, format }: TakenTrace): Answer {
  // As in Go, where that is the only one.
  const filename = format === traceFormats[0] ? "trace" : `trace.${format.extension}`;
  const answer = download(filename, format.write(trace));
  return { ...answer, headers: { ...answer.headers, [BEGAN]: String(trace.timeNanos) } };
}

/** Takes the trace that a call asks for, or says why not. */
export async function takeTrace(call: Call, profilers: Profilers): Promise<TakenTrace | Answer> {
  const last = Number(call.query.get("last") ?? 0);
  if (!(last >= 0 && last <= profilers.maxSeconds)) return refuse(400, INVALID_LAST);
  const asked = Number(call.query.get("seconds"));
  // As in Go, what is no duration, and one that is not positive, mean the default.
  const seconds = asked > 0 ? asked : 1;
  const late = last > 0 ? undefined : exceeds(call, seconds, profilers);
  if (late !== undefined) return late;
  const level = call.query.get("level") ?? "";
  if (!Object.hasOwn(LEVELS, level)) return refuse(400, 'invalid value for "level" - must be L or E');
  const format = traceFormats.find(({ name }) => name === (call.query.get("format") || traceFormats[0]!.name));
  if (format === undefined) {
    return refuse(
      400,
      `invalid value for "format" - must be one of ${traceFormats.map(({ name }) => name).join(", ")}`,
    );
  }
  try {
    const { tracer } = profilers;
    const trace = last > 0 ? await tracer.last(last) : await tracer.capture(seconds, LEVELS[level], call.signal);
    return { trace, format };
  } catch (error) {
    return failure(error, "Could not enable tracing: ");
  }
}

async function serveProfile(collector: Collector, call: Call, profilers: Profilers): Promise<Answer | Unpacked> {
  const { query, signal } = call;
  if (query.get("last")) return serveLast(collector, call, profilers);
  if (query.get("seconds")) return serveWindow(collector, call, profilers);
  const debug = integer(query.get("debug")) ?? 0;
  if (debug >= 2 && collector.dump !== undefined) return plain(await collector.dump(profilers, query, signal));
  const profile = await collector.collect(profilers, query, signal);
  return debug === 0 ? { filename: collector.name, profile } : plain(collector.text(profile));
}

/** A profile of the past: the oldest that was kept of the last seconds. */
function serveLast({ name, snapshot }: Collector, { query }: Call, { snapshots }: Profilers): Answer {
  const last = integer(query.get("last"));
  if (last === undefined || last <= 0) return refuse(400, INVALID_LAST);
  if (snapshot === undefined) {
    return refuse(400, '"last" parameter is not supported for this profile type');
  }
  if (integer(query.get("debug"))) return refuse(400, "last and debug params are incompatible");
  if (!snapshots.takes(name)) {
    const option = name === "heap" ? "keepHeap (PPROF_KEEP_HEAP=1m)" : "keepGoroutine (PPROF_KEEP_GOROUTINE=1m)";
    return refuse(500, `nothing is kept of ${name} ahead of time: start with ${option} beside keep (PPROF_KEEP=5m)`);
  }
  const found = snapshots.ago(name, last);
  if (found !== undefined) return download(name, found);
  const failed = snapshots.failure(name);
  const why = failed === undefined ? "" : `; the last one was left out: ${failed}`;
  return refuse(500, `no ${name} profile of the last ${last} seconds was kept${why}`);
}

/** The profile of the next seconds: what it has gained, less what it has lost. */
async function serveWindow(collector: Collector, call: Call, profilers: Profilers): Promise<Answer | Unpacked> {
  const { query, signal } = call;
  const seconds = integer(query.get("seconds"));
  if (seconds === undefined || seconds <= 0) return refuse(400, INVALID_SECONDS);
  if (!collectors.some(({ name }) => name === collector.name))
    return refuse(400, '"seconds" parameter is not supported for this profile type');
  if (integer(query.get("debug"))) return refuse(400, "seconds and debug params are incompatible");
  const late = exceeds(call, seconds, profilers);
  if (late !== undefined) return late;
  let profile = await collector.window?.(profilers, seconds, query, signal);
  if (profile === undefined) {
    const before = await collector.collect(profilers, query, signal);
    const partial = await waitFor(seconds, signal, profilers.ending);
    signal.throwIfAborted();
    const after = await collector.collect(profilers, query, signal).catch((error: unknown) => {
      if (partial.length === 0 || !(error instanceof RuntimeError)) throw error;
      // What can no longer be known has changed by nothing that is known.
      const timeNanos = BigInt(Date.now()) * 1_000_000n;
      return { ...before, timeNanos, comments: [...before.comments, error.message] };
    });
    const { timeNanos } = after;
    const comments = [...after.comments, ...partial];
    profile = { ...subtract(after, before), timeNanos, durationNanos: timeNanos - before.timeNanos, comments };
  }
  return { filename: `${collector.name}-delta`, profile };
}

/** The refusal of a duration that is too long, or that the server which took the request would cut short. */
function exceeds({ timeoutMillis }: Call, seconds: number, { maxSeconds }: Profilers): Answer | undefined {
  if (seconds > maxSeconds) {
    return refuse(
      400,
      `profile duration exceeds the limit: ${seconds} s is more than ${maxSeconds} s (maxSeconds, PPROF_MAX_SECONDS)`,
    );
  }
  if (timeoutMillis === 0 || seconds * 1000 < timeoutMillis) return undefined;
  return refuse(
    400,
    `profile duration exceeds server's timeout: ${seconds} s is not less than ${timeoutMillis / 1000} s`,
  );
}

function serveSymbols({ method, body, rawQuery }: Call, { surroundings }: Profilers): Answer {
  // How many symbols there are is not known; clients only look whether there are any.
  let text = "num_symbols: 1\n";
  for (const word of (method === "POST" ? body : rawQuery).split("+")) {
    if (!/^(0x[0-9a-f]{1,16}|\d{1,20})$/i.test(word)) continue;
    const name = surroundings.addresses.nameOf(BigInt(word));
    if (name !== undefined) text += `0x${BigInt(word).toString(16)} ${oneLine(name)}\n`;
  }
  return plain(text);
}
