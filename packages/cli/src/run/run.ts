import path from "node:path";
import { mergeTraces, type Profile, readGoTrace, type Trace, type TraceFrame, writeGoTrace } from "@pprof-ts/profile";
import type { RecordedKind } from "@pprof-ts/runtime/attach";
import { messageOf } from "../error.ts";
import { topicHelp } from "../help/topic.ts";
import type { Environment } from "../host/environment.ts";
import { ClosedOutput, type Ui, write } from "../host/terminal/ui.ts";
import { type AskedRun, readAsked } from "./asked.ts";
import { isRestricted, recordingEnvironment } from "./environment.ts";
import { busiest, errorColumns, hotText, nextText, type Saved, type SavedKind, traceText } from "./print-run.ts";
import { type Ended, runProgram } from "./program.ts";
import { CPU_RATE, STARTUP_RATE, TESTS_RATE } from "./rates.ts";
import { type AllRecorded, Recorded, type RecordedTrace } from "./recorded.ts";
import { Saver } from "./save.ts";
import { testsText } from "./slowest.ts";
import { startupProfile } from "./startup/startup.ts";

/** So many tests are named where not all are asked for. */
const TESTS = 10;

const RECORDS = "Node programs, version 20.19 and later";
/** What a program has to be permitted. */
const RECORDS_RESTRICTED =
  "programs under --permission that may read its files, write to the directory for temporary ones, start workers and use the inspector (--allow-fs-read, --allow-fs-write, --allow-worker, --allow-inspector)";

/** Those that end the tool as they have ended the program; what others end with them leaves a dump. */
const RAISED: ReadonlySet<string> = new Set(["SIGHUP", "SIGINT", "SIGTERM"]);

/** As `run`, of a command that runs tests. */
export function test(
  words: readonly string[],
  ui: Ui,
  env: Environment,
  tool: (words: readonly string[]) => Promise<number>,
): Promise<number> {
  return run(words, ui, env, tool, true);
}

/** Runs a program with all its Node processes recorded, and says what they did; the program's exit status. `tool` is this tool with other words. */
export async function run(
  words: readonly string[],
  ui: Ui,
  env: Environment,
  tool: (words: readonly string[]) => Promise<number>,
  tests = false,
): Promise<number> {
  const asked = readAsked(words, tests);
  if (!("command" in asked)) {
    if ("problem" in asked) ui.print(asked.problem);
    ui.print(`usage: ${topicHelp(tests ? "test" : "run")}`);
    return "help" in asked ? 0 : 2;
  }
  const { command, kinds, everyMillis } = asked;
  const saver = new Saver(asked, ui, env);
  saver.prepare();
  const sinceMillis = Date.now();
  const over = (number: number, profiles: ReadonlyMap<string, Profile>): void => {
    for (const [kind, profile] of profiles) saver.interval(kind, number, profile);
  };
  const recorded = new Recorded({ everyMillis, sinceMillis, over });
  try {
    const cpuRate = tests ? TESTS_RATE : asked.startup ? STARTUP_RATE : CPU_RATE;
    const { directory } = recorded;
    const recording = { directory, kinds, cpuRate, cpuTimes: asked.startup, tests, everyMillis, sinceMillis };
    const ended = await runProgram(command, recordingEnvironment(recording, command, env));
    if (ended.failure !== undefined) {
      ui.print(`pprof: ${command[0]}: ${ended.failure}`);
      return ended.status;
    }
    const saved = await tell(recorded, asked, sinceMillis, saver, ui, env);
    recorded[Symbol.dispose]();
    if (asked.http !== "" && saved[0] !== undefined) {
      await tool([`-http=${asked.http}`, ...(asked.noBrowser ? ["-no_browser"] : []), "--", saved[0].file]);
    }
    return endAs(ended);
  } finally {
    recorded[Symbol.dispose]();
  }
}

/** Says what there is, and saves it; whatever is wrong with that, the program's status is what counts. */
async function tell(
  recorded: Recorded,
  asked: AskedRun,
  sinceMillis: number,
  saver: Saver,
  ui: Ui,
  env: Environment,
): Promise<readonly Saved[]> {
  const lasted = Date.now() - sinceMillis;
  try {
    const all = await recorded.finish();
    for (const failure of all.failures) ui.warn(ui.quoted(`not recorded: ${failure}`));
    if (all.processes.length === 0) {
      const records = isRestricted(asked.command, env) ? RECORDS_RESTRICTED : RECORDS;
      ui.print(`pprof: no Node process was seen: run records ${records}`);
      return [];
    }
    const saved: Saved[] = [];
    for (const kind of asked.kinds) {
      const profile = withTime(kind, all.profiles.get(kind), sinceMillis, lasted);
      const isStartup = kind === "cpu" && asked.startup;
      const told = isStartup && profile !== undefined ? await startupProfile(profile, process.cwd()) : profile;
      const one =
        kind === "trace"
          ? tellTrace(all.traces, saver, ui)
          : tellProfile(isStartup ? "startup" : kind, told, all, saver, ui, env, asked);
      if (one !== undefined) saved.push(one);
    }
    for (const { pid, name } of all.killed) {
      ui.print(ui.quoted(`${name} (pid ${pid}) was killed: what it did last is missing`));
    }
    for (const { pid, name } of all.running) {
      ui.print(ui.quoted(`${name} (pid ${pid}) goes on: what it does from now on is not recorded`));
    }
    if (saved.length > 0) ui.print(nextText(saved));
    return saved;
  } catch (error) {
    // Nobody may read it any more.
    if (!(error instanceof ClosedOutput)) ui.print(`pprof: ${messageOf(error)}`);
    return [];
  }
}

/** Processes ran at once: the time of CPU samples is that of the run. */
function withTime(
  kind: RecordedKind,
  profile: Profile | undefined,
  since: number,
  lasted: number,
): Profile | undefined {
  if (profile === undefined || kind !== "cpu") return profile;
  return { ...profile, timeNanos: BigInt(since) * 1_000_000n, durationNanos: BigInt(lasted) * 1_000_000n };
}

function tellProfile(
  kind: SavedKind,
  profile: Profile | undefined,
  { processes }: AllRecorded,
  saver: Saver,
  ui: Ui,
  env: Environment,
  { tests, slowest }: Pick<AskedRun, "tests" | "slowest">,
): Saved | undefined {
  if (profile === undefined) {
    ui.print(`pprof: ${processes.length === 1 ? "the Node process" : "the Node processes"} left no ${kind} samples`);
    return undefined;
  }
  // With colours on a terminal, and nothing else that is not to be printed.
  const ofTests = tests && kind === "cpu";
  if (ofTests) {
    const columns = ui.errorIsTerminal ? errorColumns(env) : Number.POSITIVE_INFINITY;
    ui.print(testsText(profile, slowest ? Number.POSITIVE_INFINITY : TESTS, columns).trimEnd());
  }
  if (!(ofTests && slowest)) write(2, hotText(profile, processes, ui, env));
  return { kind, file: saver.profile(kind, profile, programOf(profile)), busiest: busiest(profile) };
}

function programOf({ mappings, strings }: Profile): string {
  return mappings.length > 0 ? path.basename(strings.get(mappings.filename[0]!)) : "node";
}

function tellTrace(traces: readonly RecordedTrace[], saver: Saver, ui: Ui): Saved | undefined {
  const [first, ...others] = traces;
  if (first === undefined) {
    ui.print("pprof: no trace was written: a process writes its own as it ends");
    return undefined;
  }
  const trace = others.length === 0 ? readGoTrace(first.bytes).trace : mergeAll(traces);
  ui.print(traceText(trace, ui));
  const file = saver.trace(others.length === 0 ? first.bytes : writeGoTrace(trace), first.name);
  return { kind: "trace", file, busiest: undefined };
}

/** The event loops are told apart by their processes. */
function mergeAll(traces: readonly RecordedTrace[]): Trace {
  return mergeTraces(
    traces.map(({ bytes, name, pid }) => ({
      trace: readGoTrace(bytes).trace,
      rename: (frame: TraceFrame): TraceFrame =>
        frame[0] === "event loop" && frame[1] === "node"
          ? [`event loop of ${name} (pid ${pid})`, frame[1], frame[2]]
          : frame,
    })),
  );
}

/** The status of the program, or its signal. */
function endAs({ status, signal }: Ended): number {
  if (signal !== undefined && RAISED.has(signal)) process.kill(process.pid, signal);
  return status;
}
