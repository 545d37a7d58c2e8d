import { type DiffRow, diffProfiles } from "@pprof-ts/report";
import { parseArguments, type Request } from "../args.ts";
import { ToolError } from "../error.ts";
import type { Flag } from "../flags.ts";
import { gather } from "../gather.ts";
import { topicHelp } from "../help/topic.ts";
import { lazyBinaries } from "../native/binaries.ts";
import { TemporaryFiles } from "../temp-file.ts";
import { type Ui, write } from "../ui.ts";
import type { Environment } from "../viewer.ts";
import { parseCondition } from "./fail-on.ts";
import { type Comparison, diffJson, diffMarkdown, diffText } from "./print-diff.ts";

const DIFF_FLAGS: readonly Flag[] = [
  { name: "fail-on", kind: "string" },
  { name: "format", kind: "string" },
];

const formats: Readonly<Record<string, (comparison: Comparison) => string>> = {
  text: diffText,
  md: diffMarkdown,
  json: diffJson,
};

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
  const format = formats[parsed.extra("format") || "text"];
  if (format === undefined) {
    throw new ToolError(
      `unknown format "${parsed.extra("format")}": must be one of ${Object.keys(formats).join(", ")}`,
    );
  }
  const condition = parsed.extra("fail-on");
  const fails = condition === "" ? undefined : parseCondition(condition);
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
  const { rows, sampleType } = diffProfiles(old, fresh, parsed.options);
  const failed = fails === undefined ? [] : rows.filter(fails);
  const limit = parsed.options.nodecount < 0 ? DEFAULT_ROWS : parsed.options.nodecount || rows.length;
  const changed = rows.filter((row) => row.self.change !== 0 || row.total.change !== 0);
  const comparison: Comparison = {
    sampleType,
    old: before,
    new: after,
    rows: changed.slice(0, limit),
    changed: changed.length,
    condition,
    failed: failed.map(({ name }) => name),
  };
  write(1, format(comparison));
  if (failed.length === 0) return 0;
  ui.warn(`${condition}: ${failed.map(describe).join(", ")}`);
  return 1;
}

/** Two sources are one each; more are told apart by `--`. */
function sides(sources: readonly string[], after: readonly string[]): readonly [readonly string[], readonly string[]] {
  if (after.length > 0) return [sources, after];
  const [old, fresh, ...more] = sources;
  if (old !== undefined && fresh !== undefined && more.length === 0) return [[old], [fresh]];
  throw new ToolError(
    `diff compares OLD with NEW, or OLD... -- NEW...; ${sources.length} sources without -- are not that`,
  );
}

function describe({ name, self, total }: DiffRow): string {
  const points = (change: number): string => `${change < 0 ? "" : "+"}${(100 * change).toFixed(2)}`;
  return `${name} (self ${points(self.change)}, total ${points(total.change)} points)`;
}
