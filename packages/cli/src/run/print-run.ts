import type { Profile, Trace } from "@pprof-ts/profile";
import {
  analyze,
  defaultOptions,
  indexTrace,
  type LabelTotals,
  labelTotals,
  type Options,
  percentage,
  report,
  scaledLabel,
  summarizeTrace,
  wholeBody,
} from "@pprof-ts/report";
import type { RecordedKind } from "@pprof-ts/runtime/attach";
import type { Environment } from "../host/environment.ts";
import { oneLine, printable } from "../host/terminal/printable.ts";
import { fit, topOnTerminal } from "../host/terminal/terminal-table.ts";
import type { Ui } from "../host/terminal/ui.ts";
import { world } from "../print/world.ts";
import { summaryText } from "../trace/print-trace.ts";
import { shellWord } from "../words/shell-word.ts";
import type { RecordedProcess } from "./recorded.ts";

/** So many processes, and functions, are named. */
const PROCESSES = 5;
const FUNCTIONS = 10;
/** What is said of a process takes so many columns beside its name. */
const BESIDE_NAME = 30;

/** How wide standard error is. */
export function errorColumns(env: Environment): number {
  return Number(env.COLUMNS) || process.stderr.columns || 80;
}

/** What runs how long, of CPU or whatever the profile counts: by process where there are several, and by function. */
export function hotText(profile: Profile, processes: readonly RecordedProcess[], ui: Ui, env: Environment): string {
  const columns = errorColumns(env);
  const wanted: Options = { ...defaultOptions, nodecount: FUNCTIONS };
  const here = world(undefined, undefined, profile.strings);
  const { body } = report(profile, "top", wanted, ui.errorIsTerminal ? { ...here, shown: oneLine } : here);
  const text = String(wholeBody(body));
  const by = processes.length > 1 ? byProcess(profile, processes, wanted, columns) : "";
  if (!ui.errorIsTerminal) return by + text;
  const style = { columns, color: !env.NO_COLOR && env.TERM !== "dumb", full: false };
  return printable(by) + topOnTerminal(printable(text), style);
}

function byProcess(profile: Profile, processes: readonly RecordedProcess[], options: Options, columns: number): string {
  const names = new Map(processes.map(({ pid, name }) => [String(pid), name]));
  const { total, values } = processTotals(profile, options);
  const unit = profile.sampleTypes.at(-1)?.unit ?? "";
  const lines = values.slice(0, PROCESSES).map(({ name: pid, value }) => {
    const name = fit(names.get(pid) ?? "node", columns - BESIDE_NAME, { full: false });
    const share = percentage(Number(value), Number(total));
    return `${scaledLabel(Number(value), unit, "auto").padStart(10)} ${share}  ${name} (pid ${pid})`;
  });
  const rest = names.size - lines.length;
  const more = rest > 0 ? [`${" ".repeat(19)}and ${rest} more`] : [];
  return [`${names.size} Node processes:`, ...lines, ...more, ""].join("\n");
}

/** By process id, the largest first. */
function processTotals(profile: Profile, options: Options): Pick<LabelTotals, "total" | "values"> {
  const all = labelTotals(analyze(profile, options));
  return all.find(({ key }) => key === "pid") ?? { total: 0n, values: [] };
}

/** The process that has most of it, where there are several: its id. */
export function busiest(profile: Profile): string | undefined {
  const { values } = processTotals(profile, defaultOptions);
  return values.length > 1 ? values[0]!.name : undefined;
}

/** A trace as `pprof trace` sums it up. */
export function traceText(trace: Trace, ui: Ui): string {
  const shown = ui.errorIsTerminal ? oneLine : (text: string): string => text.replaceAll(/[\n\r]/g, " ");
  return summaryText(summarizeTrace(indexTrace(trace)), shown);
}

/** What is saved: a kind that was recorded, or what is made of one. */
export type SavedKind = RecordedKind | "startup";

/** A file that was saved. */
export interface Saved {
  readonly kind: SavedKind;
  readonly file: string;
  /** The process that has most of it, where there are several. */
  readonly busiest: string | undefined;
}

/** What was saved, and what to ask of it next. */
export function nextText(saved: readonly Saved[]): string {
  const lines = saved.flatMap(({ kind, file, busiest }) => {
    const word = shellWord(file);
    const one = busiest === undefined ? [] : [`pprof -top -tagfocus=pid=${busiest} ${word}`];
    const more = kind === "trace" ? [`pprof trace -tasks ${word}`] : [`pprof -top -cum ${word}`, ...one];
    return [`Saved ${kind} in ${file}; next:`, ...[`pprof -http=: ${word}`, ...more].map((line) => `  ${line}`)];
  });
  return lines.map((line) => `${line}\n`).join("");
}
