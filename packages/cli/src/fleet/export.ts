import { parseDuration, parseRange, printTime } from "@pprof-ts/fleet";
import { messageOf, ToolError } from "../error.ts";
import type { Request } from "../words/request.ts";
import { type AskedFleet, askJson, type Fleet } from "./ask.ts";
import { queryOf, withKeys } from "./flags.ts";
import { ParquetRows } from "./parquet-rows.ts";
import { mergedBytes, readMerged } from "./query.ts";

/** So long a row's time is where nothing is said. */
const USUAL_STEP = "1m";
const MOST_STEPS = 10_000;

/** Writes the samples of a query as rows for SQL: one for each step of time, value of a label, and stack. */
export async function exportFleet({ fleet, request, session }: AskedFleet): Promise<number> {
  const file = request.extra("o");
  if (file === "") throw new ToolError("where the rows go: -o=FILE.parquet");
  const range = parseRange(request.extra("from"), request.extra("to"), Date.now());
  const step = parseDuration(request.extra("step") || USUAL_STEP);
  const steps = Math.ceil((range.toMillis - range.fromMillis) / step);
  if (!(step >= 1000 && steps <= MOST_STEPS)) {
    throw new ToolError(
      `${steps} steps are more than ${MOST_STEPS}, or shorter than a second: -step says how long one is`,
    );
  }
  const by = request.extra("by");
  const groups = by === "" ? [undefined] : await valuesOf(fleet, by, request);
  const rows = new ParquetRows(file, by);
  try {
    for (let at = 0; at < steps; at++) {
      const from = range.fromMillis + at * step;
      const to = Math.min(from + step, range.toMillis);
      for (const value of groups) {
        const query = withKeys(queryOf(request), { from: printTime(from), to: printTime(to) });
        if (value !== undefined) query.append("label", `${by}=${value}`);
        const bytes = await mergedBytes(fleet, query, session);
        if (bytes === undefined) continue;
        await rows.add(from, value ?? "", await readMerged(bytes, request, session));
      }
    }
    session.ui.print(`${await rows.finish()} rows in ${file}`);
  } catch (error) {
    throw new ToolError(`cannot export to ${file}: ${messageOf(error)}`);
  }
  return 0;
}

async function valuesOf(fleet: Fleet, label: string, request: Request): Promise<readonly string[]> {
  interface Labels {
    readonly labels: readonly { readonly name: string; readonly count: number; readonly values: readonly string[] }[];
  }
  const { labels } = await askJson<Labels>(fleet, "/api/labels", queryOf(request));
  const found = labels.find(({ name }) => name === label);
  if (found === undefined) {
    const names = labels.map(({ name }) => name).join(", ") || "none";
    throw new ToolError(`no label ${JSON.stringify(label)}: there are ${names}`);
  }
  if (found.values.length < found.count)
    throw new ToolError(`${label} has ${found.count} values, too many for -by: -label and -match choose some`);
  return found.values;
}
