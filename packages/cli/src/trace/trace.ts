import { statSync } from "node:fs";
import { DERIVED_NAMES, deriveProfile, encode, type ReadTrace, readTrace, type Trace } from "@pprof-ts/profile";
import { indexTrace, summarizeTrace, type TraceSummary, taskStory } from "@pprof-ts/report";
import { messageOf, ToolError } from "../error.ts";
import { topicHelp } from "../help/topic.ts";
import type { Environment } from "../host/environment.ts";
import { fileName } from "../host/file/file-name.ts";
import { gunzip } from "../host/file/gunzip.ts";
import { gzip } from "../host/file/gzip.ts";
import { readStandardInput, readStream } from "../host/file/read-stream.ts";
import { TemporaryFiles } from "../host/file/temp-file.ts";
import { unpack } from "../host/file/unpack.ts";
import { oneLine } from "../host/terminal/printable.ts";
import { type Ui, write } from "../host/terminal/ui.ts";
import { httpFetch } from "../input/http.ts";
import { fetchSource } from "../input/read-source.ts";
import { lazyBinaries } from "../native/frame/lazy-binaries.ts";
import { generate, writeReport } from "../print/generate.ts";
import type { Flag } from "../words/flags.ts";
import { parseArguments, type Request } from "../words/request.ts";
import { sourceUrl, withoutCredentials } from "../words/source-url.ts";
import { storyText, summaryText, TRACE_VIEWS, type TraceView, viewCsv, viewText } from "./print-trace.ts";
import { traceShell } from "./trace-shell.ts";

const TRACE_FLAGS: readonly Flag[] = [
  ...TRACE_VIEWS.map(({ name }): Flag => ({ name, kind: "bool" })),
  { name: "task", kind: "string" },
  { name: "pprof", kind: "string" },
  { name: "save", kind: "string" },
  { name: "shell", kind: "bool" },
];
const DEFAULT_ROWS = 20;
/** Where Go serves traces, for an address without a path. */
const TRACE_PATH = "/debug/pprof/trace";
const PROFILE_PATH = "/debug/pprof/profile";
/** How long a trace lasts where nobody says, in seconds. */
const DEFAULT_SECONDS = 1;

/** Says what an execution trace shows; the exit status. */
export async function trace(words: readonly string[], ui: Ui, env: Environment): Promise<number> {
  const parsed = parseArguments(words, env, () => false, TRACE_FLAGS);
  if (!("sources" in parsed)) {
    if ("problem" in parsed) ui.print(parsed.problem);
    ui.print(`usage: ${topicHelp("trace")}`);
    return "help" in parsed ? 0 : 2;
  }
  const [source, ...more] = parsed.sources;
  if (source === undefined || more.length > 0)
    throw new ToolError(`trace reads one trace, not ${parsed.sources.length}`);
  const what = whatOf(parsed);
  const { trace: read, broken } = await readSourceTrace(source, parsed, ui, env);
  if (broken !== undefined) ui.warn(ui.quoted(`${withoutCredentials(source)}: the rest is not read: ${broken}`));
  if (parsed.extra("shell") === "true") await traceShell(read, ui, (line) => showLine(read, line, ui, env));
  else if (parsed.extra("save") === "" || isAsked(what)) await show(read, what, parsed, ui, env);
  return 0;
}

/** What of a trace is asked for: a view, one task, a profile made of it; nothing of these: the summary. */
interface What {
  readonly view: TraceView | undefined;
  readonly task: string;
  readonly derived: string;
}

/** A line of the shell. */
async function showLine(read: Trace, words: readonly string[], ui: Ui, env: Environment): Promise<void> {
  // The trace stands last, as on a command line.
  const request = parseArguments([...words, "-"], env, () => false, TRACE_FLAGS);
  if (!("sources" in request) || request.sources.length !== 1) {
    throw new ToolError(`unknown command "${words.join(" ")}": "help" says what there is`);
  }
  await show(read, whatOf(request), request, ui, env);
}

function isAsked({ view, task, derived }: What): boolean {
  return view !== undefined || task !== "" || derived !== "";
}

function whatOf(parsed: Request): What {
  if (parsed.http !== "" || parsed.html !== "") {
    throw new ToolError(
      "-http and -html show a trace without the word trace: pprof -http=: FILE, pprof -html=PAGE FILE",
    );
  }
  const view = viewOf(parsed);
  const derived = parsed.extra("pprof");
  if (derived !== "" && view !== undefined)
    throw new ToolError(`-pprof=${derived} is no view: leave out -${view.name}`);
  if (derived !== "" && !DERIVED_NAMES.includes(derived)) {
    throw new ToolError(`unknown profile "${derived}": must be one of ${DERIVED_NAMES.join(", ")}`);
  }
  const task = parsed.extra("task");
  if (task !== "" && (view !== undefined || derived !== ""))
    throw new ToolError("-task shows one task, and nothing else");
  if (task !== "" && !/^\d+$/.test(task)) {
    throw new ToolError(`invalid task "${task}": must be a number, as -tasks tells of the slowest ones`);
  }
  return { view, task, derived };
}

async function show(
  read: Trace,
  { view, task, derived }: What,
  request: Request,
  ui: Ui,
  env: Environment,
): Promise<void> {
  if (task !== "") printStory(read, task, request, ui);
  else if (derived === "") print(summarizeTrace(indexTrace(read)), view, request, ui);
  else await writeDerived(deriveProfile(read, derived), request, ui, env);
}

function viewOf({ extra }: Request): TraceView | undefined {
  const asked = TRACE_VIEWS.filter(({ name }) => extra(name) === "true");
  if (asked.length > 1) throw new ToolError("must set at most one view");
  return asked[0];
}

async function readSourceTrace(source: string, request: Request, ui: Ui, env: Environment): Promise<ReadTrace> {
  const { maxBytes } = request;
  const bytes = await readBytes(source, request, ui, env);
  const save = request.extra("save");
  if (save !== "") {
    ui.print(`Saving trace in ${save}`);
    writeReport(save, bytes);
  }
  try {
    const unpacked = unpack(bytes, maxBytes);
    return readTrace(unpacked[0] === 0x1f && unpacked[1] === 0x8b ? gunzip(unpacked, maxBytes) : unpacked);
  } catch (error) {
    throw new ToolError(`${withoutCredentials(source)}: parsing trace: ${messageOf(error)}`);
  }
}

async function readBytes(source: string, request: Request, ui: Ui, env: Environment): Promise<Uint8Array> {
  const { seconds, timeout, maxBytes, tls, sent } = request;
  if (source === "-") return readStandardInput(request, ui.print);
  const stats = statSync(fileName(source), { throwIfNoEntry: false });
  if (stats?.isDirectory()) throw new ToolError(`${source}: is a directory`);
  if (stats !== undefined) return readStream(source, request);
  const address = sourceUrl(source, seconds, timeout);
  if (address === undefined) throw new ToolError(`${source}: no such file or directory`);
  const { url } = address;
  if (url.pathname === PROFILE_PATH) url.pathname = TRACE_PATH;
  const lasts = seconds > 0 ? seconds : DEFAULT_SECONDS;
  try {
    const fetch = httpFetch(tls, sent, env, maxBytes);
    return await fetchSource({ ...address, seconds: address.seconds ?? lasts }, "trace", { seconds, fetch, ui });
  } catch (error) {
    throw new ToolError(`${withoutCredentials(source)}: ${messageOf(error)}`);
  }
}

function printStory(trace: Trace, task: string, request: Request, ui: Ui): void {
  const { form, command } = request;
  const story = taskStory(indexTrace(trace), Number(task));
  if (story === undefined)
    throw new ToolError(`there is no task ${task} in the trace: -tasks tells of the slowest ones`);
  if (form === "csv" || (command !== undefined && form === "own")) throw new ToolError("-task is text or -json");
  put(
    form === "json" ? `${JSON.stringify(story, undefined, 2)}\n` : storyText(Number(task), story, shownBy(request, ui)),
    request,
    ui,
  );
}

/** How texts of the trace are printed. */
function shownBy({ options }: Request, ui: Ui): (text: string) => string {
  const onTerminal = options.output === "" && (ui.outputIsTerminal || ui.isPassedOn);
  return (text) => (onTerminal ? oneLine(text) : text.replaceAll(/[\n\r]/g, " "));
}

function put(text: string, { options }: Request, ui: Ui): void {
  if (options.output === "") write(1, text);
  else {
    ui.print(`Generating report in ${options.output}`);
    writeReport(options.output, text);
  }
}

function print(summary: TraceSummary, view: TraceView | undefined, request: Request, ui: Ui): void {
  const { command, form, options } = request;
  if (command !== undefined && form === "own") {
    throw new ToolError(`-${command.name} is a report on profiles: -pprof=NAME makes one of the trace`);
  }
  if (form === "csv" && view === undefined) {
    throw new ToolError(`-csv is of one view: ${TRACE_VIEWS.map(({ name }) => `-${name}`).join(", ")}`);
  }
  const shown = shownBy(request, ui);
  const rows = options.nodecount < 0 ? DEFAULT_ROWS : options.nodecount || Number.POSITIVE_INFINITY;
  const text = ((): string => {
    if (form === "json")
      return `${JSON.stringify(view === undefined ? summary : viewJson(view, summary), undefined, 2)}\n`;
    if (view === undefined) return summaryText(summary, shown);
    return form === "csv" ? viewCsv(view, summary) : viewText(view, summary, rows, shown);
  })();
  put(text, request, ui);
}

function viewJson({ json }: TraceView, summary: TraceSummary): unknown {
  return summary[json];
}

/** The profile as any other: a report of it, or, without one, the profile itself. */
async function writeDerived(
  profile: ReturnType<typeof deriveProfile>,
  request: Request,
  ui: Ui,
  env: Environment,
): Promise<void> {
  const { command, argument, options, form, tools } = request;
  const session = {
    ui,
    env,
    temporary: new TemporaryFiles(),
    binaries: lazyBinaries(tools),
    full: request.full,
    interactive: false,
  };
  try {
    if (command !== undefined) await generate(profile, { command, argument, options, form }, session);
    else {
      const bytes = await gzip(encode(profile));
      if (options.output === "") write(1, bytes);
      else writeReport(options.output, bytes);
    }
  } finally {
    session.temporary.remove();
  }
}
