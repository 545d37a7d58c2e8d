import type { Row, Table } from "../compare/compare.ts";
import type { Result } from "../compare/result.ts";
import type { Shift } from "../statistics/shift.ts";

/** Everything, for programs; `version` counts up with changes that break them. */
export function ciJson({
  revisions,
  command,
  runs,
  rate,
  comparison,
  limits,
  exceeded,
  single,
  notes,
}: Result): string {
  const { base, head } = revisions;
  return `${JSON.stringify(
    {
      schema: "pprof-ts/ci",
      version: 1,
      base,
      head,
      command,
      runs,
      samplesPerSecond: rate,
      tables: comparison.tables.map(tableData),
      noiseRuns: comparison.noiseRuns,
      limits: Object.fromEntries(limits.limits.map(({ name, text }) => [name, text])),
      ignored: limits.ignored.map(({ source }) => source),
      exceeded: exceeded.map(({ limit, table, row }) => ({
        limit: limit.name,
        allowed: limit.text,
        measure: table.measure.name,
        name: row.name,
        change: row.own.change,
        share: row.own.change / (table.whole ?? row.own.old),
      })),
      singleRuns: single,
      notes,
    },
    null,
    2,
  )}\n`;
}

function tableData({ kind, measure, whole, rows, power }: Table): object {
  return { kind, measure: measure.name, unit: measure.unit, whole, rows: rows.map(rowData), power };
}

function rowData({ name, own, isJudged, verdict, total, totalVerdict, noise, isNoiseNamed, detectable }: Row): object {
  return {
    name,
    ...shiftData(own),
    isJudged,
    verdict: verdict ?? "noise",
    ...(total && { total: { ...shiftData(total), verdict: totalVerdict ?? "noise" } }),
    ...(noise && { baseAgainstItself: { ...shiftData(noise), isNamed: isNoiseNamed } }),
    ...(Number.isFinite(detectable) && { detectable }),
  };
}

function shiftData({ old, new: fresh, change, interval }: Shift): object {
  return { base: old, head: fresh, change, ...(interval && { interval: { ...interval, level: 0.95 } }) };
}
