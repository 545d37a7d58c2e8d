import { createRequire } from "node:module";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { encode, type Profile } from "@pprof-ts/profile";
import { messageOf, ToolError } from "../error.ts";
import { topicHelp } from "../help/topic.ts";
import type { Environment } from "../host/environment.ts";
import { saveDirectory, writeNumbered } from "../host/file/temp-file.ts";
import { ClosedOutput, type Ui } from "../host/terminal/ui.ts";
import { type Flag, parseFlags } from "../words/flags.ts";
import { hotText, nextText } from "./print-run.ts";
import { type Ended, runProgram } from "./program.ts";
import { type AllRecorded, Recorded } from "./recorded.ts";

const RUN_FLAGS: readonly Flag[] = [{ name: "cpu", kind: "bool" }];

/** CPU samples a second: more than a service takes, for many programs that are run so end soon. */
const CPU_RATE = 250;

/** Those that end the tool as they have ended the program; what others end with them leaves a dump. */
const RAISED: ReadonlySet<string> = new Set(["SIGHUP", "SIGINT", "SIGTERM"]);

/** Runs a program with all its Node processes recorded, and says what they did; the program's exit status. */
export async function run(words: readonly string[], ui: Ui, env: Environment): Promise<number> {
  const parsed = parseFlags(words, RUN_FLAGS);
  const problem = "problem" in parsed ? parsed.problem : "values" in parsed && parsed.positional.length === 0;
  if (!("values" in parsed) || problem) {
    if (typeof problem === "string") ui.print(problem);
    else if (problem) ui.print("no command to run");
    ui.print(`usage: ${topicHelp("run")}`);
    return problem ? 2 : 0;
  }
  const begun = Date.now();
  using recorded = new Recorded();
  const ended = await runProgram(parsed.positional, recordingEnvironment(recorded.directory, env));
  if (ended.failure !== undefined) {
    ui.print(`pprof: ${parsed.positional[0]}: ${ended.failure}`);
    return ended.status;
  }
  const millis = Date.now() - begun;
  try {
    tell(await recorded.finish(), begun, millis, ui, env);
  } catch (error) {
    // Nobody reads it any more, or it could not be had: the program's status is what counts.
    if (!(error instanceof ClosedOutput)) ui.print(`pprof: ${messageOf(error)}`);
  }
  recorded[Symbol.dispose]();
  return endAs(ended);
}

/** The variables by which each Node process below loads what records it; options that are there already stay. */
function recordingEnvironment(directory: string, env: Environment): Environment {
  const preload = createRequire(import.meta.url).resolve("@pprof-ts/runtime/preload");
  const option = `--require "${preload.replace(/[\\"]/g, "\\$&")}"`;
  return {
    ...env,
    NODE_OPTIONS: env.NODE_OPTIONS ? `${option} ${env.NODE_OPTIONS}` : option,
    PPROF_RUN: JSON.stringify({ directory, cpuRate: CPU_RATE }),
  };
}

function tell(all: AllRecorded, begun: number, millis: number, ui: Ui, env: Environment): void {
  for (const failure of all.failures) ui.warn(ui.quoted(`not recorded: ${failure}`));
  const { processes, running } = all;
  if (processes.length === 0) {
    ui.print("pprof: no Node process was seen: run records Node programs, version 20.19 and later");
    return;
  }
  const found = all.profiles.get("cpu");
  if (found === undefined) {
    ui.print(`pprof: ${processes.length === 1 ? "the Node process" : "the Node processes"} left no samples`);
    return;
  }
  const profile: Profile = {
    ...found,
    timeNanos: BigInt(begun) * 1_000_000n,
    durationNanos: BigInt(millis) * 1_000_000n,
  };
  ui.print(hotText(profile, processes, {}, ui, env));
  for (const { pid, name } of running) {
    ui.print(ui.quoted(`${name} (pid ${pid}) goes on: what it does from now on is not recorded`));
  }
  const file = save(profile, "cpu", ui, env);
  ui.print(`Saved profile in ${ui.quoted(file)}`);
  ui.print(ui.quoted(nextText(file, processes)));
}

function save(profile: Profile, kind: string, ui: Ui, env: Environment): string {
  const { mappings, strings } = profile;
  const program = mappings.length > 0 ? path.basename(strings.get(mappings.filename[0]!)) : "node";
  try {
    return writeNumbered(saveDirectory(env, ui), `pprof.${program}.${kind}.`, ".pb.gz", gzipSync(encode(profile)));
  } catch (error) {
    throw new ToolError(`could not save the profile: ${messageOf(error)}`);
  }
}

/** The status of the program, or its signal. */
function endAs({ status, signal }: Ended): number {
  if (signal !== undefined && RAISED.has(signal)) process.kill(process.pid, signal);
  return status;
}
