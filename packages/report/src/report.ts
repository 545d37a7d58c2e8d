import type { Profile } from "@pprof-ts/profile";
import { type Analysis, analyze } from "./analyze.ts";
import { ReportError } from "./error.ts";
import type { Options } from "./options.ts";
import type { Body } from "./output/body.ts";
import { csvBody } from "./output/data/csv.ts";
import { jsonBody } from "./output/data/json.ts";
import { withShownTexts } from "./output/shown-texts.ts";
import { type OutputRow, outputRow, withOverrides } from "./outputs.ts";
import type { ProfileIndex } from "./profile-index.ts";
import type { World } from "./world/world.ts";

export interface ReportResult {
  readonly body: Body;
  /** What the reference tool prints on standard error, a line each. */
  readonly messages: readonly string[];
}

/** How a report is written: as the output itself does, as JSON, or as a table of comma-separated values. */
export type Form = "own" | "json" | "csv";

/**
 * Makes a report of a profile, given alone or with what was kept of reports before; it stays as it is. `argument` is the
 * regular expression of outputs that take one, the number of lines of `md`; errors are `ReportError`s.
 */
export function report(
  profile: Profile | ProfileIndex,
  output: string,
  options: Options,
  world: World = {},
  argument?: string,
  form: Form = "own",
): ReportResult {
  const row = outputRow(output);
  if (row === undefined) throw new ReportError(`unknown output ${JSON.stringify(output)}`);
  const analysis = analyze(profile, withOverrides(row, options), argument);
  // JSON has escapes of its own.
  const seen =
    world.shown === undefined || form === "json" ? { analysis, world } : withShownTexts(analysis, world, world.shown);
  return { body: FORMS[form](row, seen.analysis, seen.world), messages: analysis.messages };
}

const FORMS: Readonly<Record<Form, (row: OutputRow, analysis: Analysis, world: World) => Body>> = {
  own: (row, analysis, world) => row.print(analysis, world),
  json: (row, analysis, world) => {
    if (row.data === undefined) throw new ReportError(`${row.name} cannot be written as JSON`);
    return jsonBody(row.name, analysis, row.data(analysis, world));
  },
  csv: (row, analysis, world) => {
    if (row.table === undefined) throw new ReportError(`${row.name} is no table and cannot be written as CSV`);
    return csvBody(row.table(analysis, world));
  },
};
