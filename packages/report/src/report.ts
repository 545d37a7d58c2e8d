import type { Profile } from "@pprof-ts/profile";
import { analyze } from "./analyze.ts";
import type { Body } from "./body.ts";
import { ReportError } from "./error.ts";
import type { Options } from "./options.ts";
import { outputRow, withOverrides } from "./outputs.ts";
import type { World } from "./world.ts";

export interface ReportResult {
  readonly body: Body;
  /** What the reference tool prints on standard error, a line each. */
  readonly messages: readonly string[];
}

/**
 * Makes a report of a profile, which stays as it is. `argument` is the regular expression of outputs that take one;
 * errors are `ReportError`s.
 */
export function report(
  profile: Profile,
  output: string,
  options: Options,
  world: World = {},
  argument?: string,
): ReportResult {
  const row = outputRow(output);
  if (row === undefined) throw new ReportError(`unknown output ${JSON.stringify(output)}`);
  const analysis = analyze(profile, withOverrides(row, options), argument);
  return { body: row.print(analysis, world), messages: analysis.messages };
}
