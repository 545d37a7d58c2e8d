import { existsSync, writeFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import path from "node:path";
import { messageOf, ToolError } from "../error.ts";
import { topicHelp } from "../help/topic.ts";
import type { Environment } from "../host/environment.ts";
import { fileName } from "../host/file/file-name.ts";
import { saveDirectory } from "../host/file/temp-file.ts";
import { oneLine } from "../host/terminal/printable.ts";
import { type Ui, write } from "../host/terminal/ui.ts";
import { workingDirectory } from "../host/working-directory.ts";
import { makeOutput, writeProfile } from "../run/save.ts";
import { shellWord } from "../words/shell-word.ts";
import { type AskedCi, readAsked } from "./asked.ts";
import { compare } from "./compare/compare.ts";
import { exceededOf, readLimits } from "./compare/limits.ts";
import type { Result } from "./compare/result.ts";
import { Checkouts, repositoryOf, type Side } from "./git/checkouts.ts";
import { withoutRepository } from "./git/git.ts";
import { revisions } from "./git/revisions.ts";
import { rateOf } from "./measure/measure.ts";
import { runRounds, type SideRuns } from "./measure/rounds.ts";
import { Stop, Stopped } from "./measure/stop.ts";
import { diffPage } from "./page.ts";
import { prepare } from "./prepare.ts";
import { count } from "./tell/amounts.ts";
import { ciJson } from "./tell/json.ts";
import { ciMarkdown } from "./tell/markdown.ts";
import { exceededText, headline } from "./tell/sections.ts";
import { ciText } from "./tell/text.ts";

/** Compares two revisions and returns the exit status: 1 where a limit is exceeded. */
export async function ci(words: readonly string[], ui: Ui, env: Environment): Promise<number> {
  const asked = readAsked(words);
  if (!("command" in asked)) {
    if ("problem" in asked) ui.print(asked.problem);
    ui.print(`usage: ${topicHelp("ci")}`);
    return "help" in asked ? 0 : 2;
  }
  using stop = new Stop();
  try {
    return await compareRevisions(asked, ui, env, stop);
  } catch (error) {
    // What ends the tool may have ended git with it, as at a terminal.
    const why: unknown = stop.signal.reason;
    if (!(why instanceof Stopped)) throw error;
    stop[Symbol.dispose]();
    process.kill(process.pid, why.signal);
    return 2;
  }
}

/** A load beyond so many of the processors is that of others. */
const BUSY = 0.5;

async function compareRevisions(asked: AskedCi, ui: Ui, env: Environment, stop: Stop): Promise<number> {
  const repository = await repositoryOf(workingDirectory(), env);
  const limits = readLimits(repository.top, asked.limitsFile, asked.limits);
  checkFiles(asked);
  const compared = await revisions(repository.git, asked.base, asked.head);
  const say = (line: string): void => ui.print(ui.quoted(line));
  say(`base: ${compared.base.name}`);
  say(`head: ${compared.head.name}`);
  const machine = machineNotes();
  await using checkouts = new Checkouts(repository);
  const inTrees = withoutRepository(env);
  const options = { repository, revisions: compared, env: inTrees, stop: stop.signal, say };
  const { runners, notes } = await prepare(asked, checkouts, options);
  const missing = new Map<string, number>();
  const sides = await runRounds(runners, {
    command: asked.command,
    runs: asked.runs,
    env: inTrees,
    log: path.join(checkouts.folder, "command.log"),
    kinds: asked.kinds,
    cases: asked.cases,
    stop: stop.signal,
    keep: () => asked.directory || saveDirectory(env, ui),
    say,
    missing: (what) => missing.set(what, (missing.get(what) ?? 0) + 1),
    ran: (side, number, { profiles }) => {
      if (asked.directory === "") return;
      for (const [kind, profile] of profiles) {
        writeProfile(path.join(asked.directory, `${side}.${String(number).padStart(3, "0")}.${kind}.pb.gz`), profile);
      }
    },
  });
  const rate = rateOf(asked.cases);
  const figures = (side: Side): SideRuns["figures"] => sides.get(side)?.figures ?? [];
  const comparison = compare({ base: figures("base"), head: figures("head"), same: figures("same") }, 1e9 / rate);
  const result: Result = {
    revisions: compared,
    command: asked.command.map(shellWord).join(" "),
    runs: asked.runs,
    rate,
    again: asked.again,
    comparison,
    limits,
    exceeded: exceededOf(comparison, limits),
    single: Array.from(sides, ([side, { measured }]) => measured.map((run) => ({ side, ...run }))).flat(),
    notes: [...notes, ...Array.from(missing, ([what, runs]) => `In ${count(runs, "run")}: ${what}.`), ...machine],
  };
  tell(result, asked, sides, ui, env);
  return result.exceeded.length > 0 ? 1 : 0;
}

/** Prints what was found, and writes the files that are asked for. */
function tell(result: Result, asked: AskedCi, sides: ReadonlyMap<Side, SideRuns>, ui: Ui, env: Environment): void {
  if (asked.markdown !== "") put(asked.markdown, ciMarkdown(result));
  if (asked.json !== "") put(asked.json, ciJson(result));
  const [base, head] = [sides.get("base")?.profile("cpu"), sides.get("head")?.profile("cpu")];
  if (asked.html !== "" && (base === undefined || head === undefined))
    ui.print("no page: one side left no CPU samples");
  else if (asked.html !== "" && base !== undefined && head !== undefined) {
    const named = result.comparison.tables
      .filter(({ kind, measure }) => kind === "function" && measure.name === "cpu")
      .flatMap(({ rows }) => rows.filter(({ verdict }) => verdict !== undefined).map(({ name }) => name));
    const title = `pprof ci: ${headline(result)}`;
    put(asked.html, diffPage(base, head, asked.runs, { title, lines: ciText(result).split("\n"), marked: named }));
  }
  const columns = ui.outputIsTerminal ? Number(env.COLUMNS) || process.stdout.columns || 80 : undefined;
  write(1, ciText(result, columns));
  for (const one of result.exceeded) ui.warn(oneLine(exceededText(one)));
}

function put(file: string, text: string): void {
  try {
    writeFileSync(fileName(file), text);
  } catch (error) {
    throw new ToolError(`cannot write ${file}: ${messageOf(error)}`);
  }
}

/** What can be known before the command has run for a long time. */
function checkFiles({ markdown, json, html, directory }: AskedCi): void {
  makeOutput(directory);
  for (const file of [markdown, json, html]) {
    const folder = path.dirname(file);
    if (file !== "" && !existsSync(folder)) throw new ToolError(`cannot write ${file}: no such directory ${folder}`);
  }
}

function machineNotes(): string[] {
  const processors = availableParallelism();
  const [load = 0] = loadavg();
  const notes = [`Node ${process.version} of the tool, ${process.platform} ${process.arch}, ${processors} processors.`];
  if (load > BUSY * processors) {
    notes.push(
      `This machine was busy with something else as it began (a load of ${load.toFixed(1)}): intervals are wide.`,
    );
  }
  return notes;
}
