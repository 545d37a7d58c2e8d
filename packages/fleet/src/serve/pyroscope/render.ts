import { type FlameLevels, flameLevels } from "../../ask/flame-levels.ts";
import { linesOverTime } from "../../ask/lines.ts";
import { parseProfileType } from "../../ask/profile-type.ts";
import { parseSelector } from "../../ask/selector.ts";
import { parseRange, stepOf } from "../../ask/time.ts";
import { FleetError } from "../../error.ts";
import type { Store, TimelineSeries, TimeRange } from "../../store/store.ts";
import { jsonAnswer, refusing } from "../json-answer.ts";
import type { Answer, Asked, Route } from "../route.ts";
import { diffLevels, mergeSelected, type SelectedProfiles } from "./selected.ts";

const SECOND = 1000;
const NANOS = 1e9;

/** Pyroscope's addresses for a flame graph with its line over time, and for one of two queries. */
export function renderRoutes(store: Store, now: () => number): Route[] {
  return [
    { method: "GET", path: "/pyroscope/render", answer: refusing((asked) => render(asked, store, now())) },
    { method: "GET", path: "/pyroscope/render-diff", answer: refusing((asked) => renderDiff(asked, store, now())) },
  ];
}

async function render({ query, tenant }: Asked, store: Store, now: number): Promise<Answer> {
  checkFormat(query);
  const selected = selectedBy(query, { query: "query", from: "from", until: "until" }, tenant, now);
  const stepMillis = stepOf(selected.range);
  const groupBy = query.getAll("groupBy").filter((label) => label !== "");
  const [merged, timeline, grouped] = await Promise.all([
    mergeSelected(store, selected),
    store.timeline({ ...selected, stepMillis, groupBy: [] }),
    groupBy.length === 0 ? undefined : linesOverTime(store, { ...selected, stepMillis, groupBy }),
  ]);
  const drawn = merged.side === undefined ? undefined : flameLevels([merged.side], nodesOf(query));
  const line = (series: TimelineSeries | undefined): object => timelineOf(series, selected.range, stepMillis);
  const groups = grouped?.series.map((series) => [[...series.labels.values()].join(", "), line(series)]);
  return jsonAnswer({
    version: 1,
    flamebearer: flamebearer(drawn),
    metadata: metadataOf(selected, "single"),
    timeline: line(timeline.series[0]),
    groups: groups === undefined ? null : Object.fromEntries(groups),
    missing: [...new Set([...merged.missing, ...timeline.missing])],
  });
}

async function renderDiff({ query, tenant }: Asked, store: Store, now: number): Promise<Answer> {
  checkFormat(query);
  const sides = ["left", "right"].map((side) => {
    const keys = { query: `${side}Query`, from: `${side}From`, until: `${side}Until` };
    return selectedBy(query, keys, tenant, now);
  });
  const [left, right] = await Promise.all(sides.map((selected) => mergeSelected(store, selected)));
  const drawn = diffLevels(left?.side, right?.side, nodesOf(query));
  return jsonAnswer({
    version: 1,
    flamebearer: flamebearer(drawn),
    metadata: metadataOf(sides[0]!, "double"),
    leftTicks: drawn?.totals[0] ?? 0,
    rightTicks: drawn?.totals[1] ?? 0,
    missing: [...new Set([...(left?.missing ?? []), ...(right?.missing ?? [])])],
  });
}

/** The keys of an address that say what is asked for. */
interface Keys {
  readonly query: string;
  readonly from: string;
  readonly until: string;
}

function selectedBy(query: URLSearchParams, keys: Keys, tenant: string, now: number): SelectedProfiles {
  const text = query.get(keys.query) ?? "";
  const { name: type, matchers } = parseSelector(text);
  if (type === "") {
    throw new FleetError(
      `${keys.query} is ${JSON.stringify(text.slice(0, 200))}: must be like process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name="api"}`,
    );
  }
  const { name, sampleType } = parseProfileType(type);
  const range = parseRange(query.get(keys.from) ?? "", query.get(keys.until) ?? "", now);
  return { selector: { tenant, matchers }, name, range, sampleType: sampleType.type, sampleUnit: sampleType.unit };
}

function checkFormat(query: URLSearchParams): void {
  const format = query.get("format") ?? "json";
  if (format !== "json") throw new FleetError(`format ${JSON.stringify(format)} is not supported: must be json`);
}

function nodesOf(query: URLSearchParams): number {
  const text = query.get("maxNodes") ?? query.get("max-nodes") ?? "0";
  if (!/^\d{1,9}$/.test(text))
    throw new FleetError(`invalid maxNodes ${JSON.stringify(text.slice(0, 60))}: must be a number`);
  return Number(text);
}

function flamebearer(drawn: FlameLevels | undefined): object {
  if (drawn === undefined) return { names: ["total"], levels: [], numTicks: 0, maxSelf: 0 };
  const { names, levels, totals, maxSelf } = drawn;
  return { names, levels, numTicks: totals.reduce((sum, total) => sum + total, 0), maxSelf };
}

/** How Pyroscope's readers print values of a unit: `samples` are divided by the rate, `objects` are counts. */
const UNITS: Readonly<Record<string, { readonly units: string; readonly sampleRate: number }>> = {
  nanoseconds: { units: "samples", sampleRate: NANOS },
  bytes: { units: "bytes", sampleRate: 100 },
  count: { units: "objects", sampleRate: 100 },
};

function metadataOf({ sampleType, sampleUnit }: SelectedProfiles, format: "single" | "double"): object {
  const { units, sampleRate } = UNITS[sampleUnit] ?? { units: sampleUnit, sampleRate: 100 };
  return { format, spyName: "", sampleRate, units, name: sampleType };
}

/** A line as Pyroscope has it, in which a gap is 0. */
function timelineOf(
  series: TimelineSeries | undefined,
  { fromMillis, toMillis }: TimeRange,
  stepMillis: number,
): object {
  const points = Math.ceil((toMillis - fromMillis) / stepMillis);
  const samples = Array.from({ length: points }, (_, at) => series?.values[at] || 0);
  return {
    startTime: Math.floor(fromMillis / SECOND),
    samples,
    durationDelta: stepMillis / SECOND,
    watermarks: null,
  };
}
