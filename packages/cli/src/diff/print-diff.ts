import type { ValueType } from "@pprof-ts/profile";
import type { Change, DiffRow } from "@pprof-ts/report";

/** What `pprof diff` prints. */
export interface Comparison {
  readonly sampleType: ValueType;
  readonly old: readonly string[];
  readonly new: readonly string[];
  readonly rows: readonly DiffRow[];
  /** How many functions changed at all; `rows` may be the first of them. */
  readonly changed: number;
  readonly condition: string;
  /** The functions that meet the condition. */
  readonly failed: readonly string[];
}

const share = (value: number): string => `${(100 * value).toFixed(2)}%`;
const points = (value: number): string => `${value < 0 ? "" : "+"}${(100 * value).toFixed(2)}`;

function interval({ interval: range }: Change): string {
  return range === undefined ? "" : `[${points(range.low)}, ${points(range.high)}]`;
}

function probability({ p }: Change): string {
  return p === undefined ? "" : p < 0.001 ? "<0.001" : p.toFixed(3);
}

function headline({ sampleType, old, new: fresh, rows, changed }: Comparison): string {
  const level = rows[0]?.self.interval?.level;
  const count = (sources: readonly string[]): string =>
    sources.length === 1 ? sources[0]! : `${sources.length} profiles`;
  const sure =
    level === undefined
      ? "one profile a side says nothing of chance: OLD... -- NEW... compares repeats"
      : `${Math.round(100 * level)}% intervals and p by the Mann-Whitney test`;
  const shown = rows.length < changed ? `; ${rows.length} of ${changed} that changed` : "";
  return `${sampleType.type}: ${count(old)} -> ${count(fresh)}; shares of the total, change in points; ${sure}${shown}`;
}

/** A table for people. */
export function diffText(comparison: Comparison): string {
  if (comparison.changed === 0) return `${headline(comparison)}\nnothing changed\n`;
  const repeated = comparison.rows.some(({ self }) => self.p !== undefined);
  const columns = (self: Change, total: Change): string[] => [
    share(self.old),
    share(self.new),
    points(self.change),
    ...(repeated ? [interval(self), probability(self)] : []),
    share(total.old),
    share(total.new),
    points(total.change),
    ...(repeated ? [probability(total)] : []),
  ];
  const head = ["self old", "new", "change", ...(repeated ? ["interval", "p"] : []), "total old", "new", "change"];
  const table = [
    [...head, ...(repeated ? ["p"] : [])],
    ...comparison.rows.map(({ self, total }) => columns(self, total)),
  ];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((row) => row[i]!.length)));
  const names = ["function", ...comparison.rows.map(({ name }) => name)];
  const lines = table.map((row, i) => `${row.map((cell, j) => cell.padStart(widths[j]!)).join("  ")}  ${names[i]}`);
  return `${[headline(comparison), ...lines].join("\n")}\n`;
}

/** A table for a pull request. */
export function diffMarkdown(comparison: Comparison): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const name = (text: string): string => `\`${text.replaceAll("`", "'").replaceAll("|", "\\|")}\``;
  const lines = [
    `**pprof diff** ${headline(comparison)}`,
    "",
    row(["function", "self old", "self new", "change", "interval", "p", "total old", "total new", "change", "p"]),
    row(["---", ...Array.from({ length: 9 }, () => "--:")]),
  ];
  for (const { name: text, self, total } of comparison.rows) {
    const own = [share(self.old), share(self.new), points(self.change), interval(self), probability(self)];
    const all = [share(total.old), share(total.new), points(total.change), probability(total)];
    lines.push(row([name(text), ...own, ...all]));
  }
  if (comparison.failed.length > 0) {
    lines.push("", `Fails on \`${comparison.condition}\`: ${comparison.failed.map(name).join(", ")}`);
  }
  return `${lines.join("\n")}\n`;
}

/** Everything, for programs; `version` counts up with changes that break them. */
export function diffJson({ sampleType, old, new: fresh, rows, changed, condition, failed }: Comparison): string {
  return `${JSON.stringify({ schema: "pprof-ts/diff", version: 1, sampleType, old, new: fresh, changed, rows, failOn: { condition, failed } }, null, 2)}\n`;
}
