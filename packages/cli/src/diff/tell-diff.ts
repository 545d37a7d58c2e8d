import type { Profile } from "@pprof-ts/profile";
import { type DiffRow, diffProfiles } from "@pprof-ts/report";
import { ToolError } from "../error.ts";
import type { Environment } from "../host/environment.ts";
import { oneLine, printable } from "../host/terminal/printable.ts";
import { type Ui, write } from "../host/terminal/ui.ts";
import { writeReport } from "../print/generate.ts";
import type { Flag } from "../words/flags.ts";
import type { Request } from "../words/request.ts";
import { asksForP, parseCondition } from "./fail-on.ts";
import { type Comparison, diffJson, diffMarkdown, diffText, type Width } from "./print-diff.ts";

export const DIFF_FLAGS: readonly Flag[] = [
  { name: "fail-on", kind: "string" },
  { name: "format", kind: "string" },
];

type DiffFormat = (comparison: Comparison, width?: Width) => string;

const formats: Readonly<Record<string, DiffFormat>> = {
  text: diffText,
  md: diffMarkdown,
  json: diffJson,
};

const formatNames = Object.keys(formats).join(", ");

const DEFAULT_ROWS = 20;

/** How a difference is told, and what fails. */
export interface AskedDiff {
  readonly format: DiffFormat;
  readonly condition: string;
  readonly fails: ((row: DiffRow) => boolean) | undefined;
}

/** What the command line asks of a difference, before anything is read; `isRepeated` says whether both sides have repeats. */
export function askedDiff(request: Request, isRepeated: boolean): AskedDiff {
  const format = formatOf(request);
  const condition = request.extra("fail-on");
  const fails = condition === "" ? undefined : parseCondition(condition);
  if (asksForP(condition) && !isRepeated) {
    throw new ToolError(`p in "${condition}" needs repeats on both sides: OLD OLD... -- NEW NEW...`);
  }
  return { format, condition, fails };
}

/** The profiles of one side, each a repeat of the others, and what each is called. */
export interface DiffSide {
  readonly names: readonly string[];
  readonly profiles: readonly Profile[];
}

/** Compares two sides and says what differs; the exit status: 1 where the condition found something. */
export function tellDiff(
  before: DiffSide,
  after: DiffSide,
  { format, condition, fails }: AskedDiff,
  request: Request,
  ui: Ui,
  env: Environment,
): number {
  const { rows, ...compared } = diffProfiles(before.profiles, after.profiles, request.options);
  const failed = fails === undefined ? [] : rows.filter(fails);
  const limit = request.options.nodecount < 0 ? DEFAULT_ROWS : request.options.nodecount || rows.length;
  const changed = rows.filter((row) => row.self.change !== 0 || row.total.change !== 0);
  const { output } = request.options;
  const onTerminal = output === "" && ui.outputIsTerminal;
  const name = (text: string): string => ((onTerminal || ui.isPassedOn) && format !== diffJson ? oneLine(text) : text);
  const named = (row: DiffRow): DiffRow => ({ ...row, name: name(row.name) });
  const comparison: Comparison = {
    ...compared,
    sampleType: { type: name(compared.sampleType.type), unit: name(compared.sampleType.unit) },
    old: before.names.map(name),
    new: after.names.map(name),
    rows: changed.slice(0, limit).map(named),
    changed: changed.length,
    condition,
    failed: failed.map((row) => name(row.name)),
  };
  if (onTerminal) write(1, printable(format(comparison, terminalWidth(env, request.full))));
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
function formatOf({ extra, form, command, bases }: Request): DiffFormat {
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

function describe({ name, self, total }: DiffRow): string {
  const points = (change: number): string => `${change < 0 ? "" : "+"}${(100 * change).toFixed(2)}`;
  return `${name} (self ${points(self.change)}, total ${points(total.change)} points)`;
}
