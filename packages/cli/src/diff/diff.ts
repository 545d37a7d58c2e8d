import { type DiffRow, diffProfiles } from "@pprof-ts/report";
import { ToolError } from "../error.ts";
import { topicHelp } from "../help/topic.ts";
import type { Environment } from "../host/environment.ts";
import { TemporaryFiles } from "../host/file/temp-file.ts";
import { oneLine, printable } from "../host/terminal/printable.ts";
import { type Ui, write } from "../host/terminal/ui.ts";
import { gather } from "../input/gather.ts";
import { lazyBinaries } from "../native/frame/lazy-binaries.ts";
import { writeReport } from "../print/generate.ts";
import type { Flag } from "../words/flags.ts";
import { parseArguments, type Request } from "../words/request.ts";
import { withoutCredentials } from "../words/source-url.ts";
import { asksForP, parseCondition } from "./fail-on.ts";
import { type Comparison, diffJson, diffMarkdown, diffText, type Width } from "./print-diff.ts";

const DIFF_FLAGS: readonly Flag[] = [
  { name: "fail-on", kind: "string" },
  { name: "format", kind: "string" },
];

const formats: Readonly<Record<string, (comparison: Comparison, width?: Width) => string>> = {
  text: diffText,
  md: diffMarkdown,
  json: diffJson,
};

const formatNames = Object.keys(formats).join(", ");

const DEFAULT_ROWS = 20;

/** Compares profiles and returns the exit status: 1 where `-fail-on` found something. */
export async function diff(words: readonly string[], ui: Ui, env: Environment): Promise<number> {
  const split = words.indexOf("--");
  const parsed = parseArguments(split < 0 ? words : words.slice(0, split), env, () => false, DIFF_FLAGS);
  if (!("sources" in parsed)) {
    if ("problem" in parsed) ui.print(parsed.problem);
    ui.print(`usage: ${topicHelp("diff")}`);
    return "help" in parsed ? 0 : 2;
  }
  const [before, after] = sides(parsed.sources, split < 0 ? [] : words.slice(split + 1));
  const format = formatOf(parsed);
  const condition = parsed.extra("fail-on");
  const fails = condition === "" ? undefined : parseCondition(condition);
  if (asksForP(condition) && (before.length < 2 || after.length < 2)) {
    throw new ToolError(`p in "${condition}" needs repeats on both sides: OLD OLD... -- NEW NEW...`);
  }
  const session = {
    ui,
    env,
    temporary: new TemporaryFiles(),
    binaries: lazyBinaries(parsed.tools),
    full: false,
    interactive: false,
  };
  const read = (source: string): ReturnType<typeof gather> =>
    gather({ ...parsed, sources: [source], bases: [], executable: "" } satisfies Request, session);
  const [old, fresh] = await Promise.all([Promise.all(before.map(read)), Promise.all(after.map(read))]);
  const { rows, ...compared } = diffProfiles(old, fresh, parsed.options);
  const failed = fails === undefined ? [] : rows.filter(fails);
  const limit = parsed.options.nodecount < 0 ? DEFAULT_ROWS : parsed.options.nodecount || rows.length;
  const changed = rows.filter((row) => row.self.change !== 0 || row.total.change !== 0);
  const { output } = parsed.options;
  const onTerminal = output === "" && ui.outputIsTerminal;
  const name = (text: string): string => ((onTerminal || ui.isPassedOn) && format !== diffJson ? oneLine(text) : text);
  const named = (row: DiffRow): DiffRow => ({ ...row, name: name(row.name) });
  const comparison: Comparison = {
    ...compared,
    sampleType: { type: name(compared.sampleType.type), unit: name(compared.sampleType.unit) },
    old: before.map((source) => name(withoutCredentials(source))),
    new: after.map((source) => name(withoutCredentials(source))),
    rows: changed.slice(0, limit).map(named),
    changed: changed.length,
    condition,
    failed: failed.map((row) => name(row.name)),
  };
  if (onTerminal) write(1, printable(format(comparison, terminalWidth(env, parsed.full))));
  else if (output === "") write(1, format(comparison));
  else {
    ui.print(`Generating report in ${output}`);
    writeReport(output, format(comparison));
  }
  if (failed.length === 0) return 0;
  ui.warn(`${condition}: ${failed.map((row) => ui.quoted(describe(row))).join(", ")}`);
  return 1;
}

/** What `-format` says, or `-json` and `-md`, which other reports have. */
function formatOf({ extra, form, command, bases }: Request): (typeof formats)[string] {
  const short = form === "json" ? "json" : command?.name === "md" ? "md" : "";
  if (short === "" && (command !== undefined || form !== "own"))
    throw new ToolError(`diff has no -${form === "own" ? command?.name : form}: -format is ${formatNames}`);
  if (bases.length > 0) throw new ToolError("diff has no -base and no -diff_base: OLD stands in front of NEW");
  const name = extra("format") || short || "text";
  const format = Object.hasOwn(formats, name) ? formats[name] : undefined;
  if (format === undefined) throw new ToolError(`unknown format "${name}": must be one of ${formatNames}`);
  return format;
}

function terminalWidth(env: Environment, full: boolean): Width {
  return { columns: Number(env.COLUMNS) || process.stdout.columns || 80, full };
}

/** Two sources are one each; more are told apart by `--`. */
function sides(sources: readonly string[], after: readonly string[]): readonly [readonly string[], readonly string[]] {
  if (after.length > 0) return [sources, after];
  const [old, fresh, ...more] = sources;
  if (old !== undefined && fresh !== undefined && more.length === 0) return [[old], [fresh]];
  const flag = sources.find((source) => /^-./.test(source));
  if (flag !== undefined) throw new ToolError(`flags of diff stand in front of its sources: ${flag}`);
  throw new ToolError(
    `diff compares OLD with NEW, or OLD... -- NEW...: ${sources.length === 1 ? "one source" : `${sources.length} sources`} without --`,
  );
}

function describe({ name, self, total }: DiffRow): string {
  const points = (change: number): string => `${change < 0 ? "" : "+"}${(100 * change).toFixed(2)}`;
  return `${name} (self ${points(self.change)}, total ${points(total.change)} points)`;
}
