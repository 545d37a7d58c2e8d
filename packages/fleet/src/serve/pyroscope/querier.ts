import { encode, filterByLabel, type Profile } from "@pprof-ts/profile";
import { type FlameLevels, flameLevels } from "../../ask/flame-levels.ts";
import { linesOverTime } from "../../ask/lines.ts";
import { printProfileType } from "../../ask/profile-type.ts";
import { stepOf } from "../../ask/time.ts";
import { FleetError } from "../../error.ts";
import type { Labels } from "../../store/labels.ts";
import type { Missing, Store, TimelineSeries } from "../../store/store.ts";
import type {
  DiffRequest,
  LabelsRequest,
  LabelValuesRequest,
  SeriesOverTimeRequest,
  SeriesRequest,
  SpanProfileRequest,
  StacktracesRequest,
} from "./requests.ts";
import {
  diffLevels,
  matchersOf,
  mergeSelected,
  rangeOf,
  type Selected,
  type SelectedProfile,
  selectedProfiles,
  Unsupported,
} from "./selected.ts";

/** Where answers come from: a store, whose part of it, and the time now in milliseconds. */
export interface Here {
  readonly store: Store;
  readonly tenant: string;
  readonly now: number;
}

/** The answer as `SCHEMA` has it, or as bytes where it is one already; and what was not looked at for it. */
export interface Told {
  readonly message: object | Uint8Array;
  readonly missing: Missing;
}

/** A call of Pyroscope's querier: what it takes and gives by their names in `SCHEMA`. */
export interface Method<Request> {
  readonly name: string;
  readonly request: string;
  readonly response: string;
  readonly answer: (request: Request, here: Here) => Promise<Told>;
}

/** A row of the table: its request is of the type that `SCHEMA` says, which the reader of messages has seen to. */
function method<Request>(
  name: string,
  request: string,
  response: string,
  answer: Method<Request>["answer"],
): Method<object> {
  return { name, request, response, answer: answer as Method<object>["answer"] };
}

export const METHODS: readonly Method<object>[] = [
  method("ProfileTypes", "ProfileTypesRequest", "ProfileTypesResponse", profileTypes),
  method("LabelNames", "LabelNamesRequest", "LabelNamesResponse", labelNames),
  method("LabelValues", "LabelValuesRequest", "LabelValuesResponse", labelValues),
  method("Series", "SeriesRequest", "SeriesResponse", series),
  method("SelectSeries", "SelectSeriesRequest", "SelectSeriesResponse", selectSeries),
  method("SelectMergeStacktraces", "SelectMergeStacktracesRequest", "SelectMergeStacktracesResponse", stacktraces),
  method("SelectMergeSpanProfile", "SelectMergeSpanProfileRequest", "SelectMergeSpanProfileResponse", spanProfile),
  method("SelectMergeProfile", "SelectMergeProfileRequest", "Profile", mergeProfile),
  method("Diff", "DiffRequest", "DiffResponse", diff),
];

const COMPLETE: Missing = [];

/** The names of all types of a selection, as requests have them. */
async function typeIds(request: LabelsRequest, { store, tenant, now }: Here): Promise<object[]> {
  const { matchers } = matchersOf(request.matchers);
  const types = await store.profileTypes({ tenant, matchers }, rangeOf(request, now));
  return types.flatMap(({ name, sampleTypes, periodType = { type: "", unit: "" } }) =>
    sampleTypes.map((sampleType) => ({
      ID: printProfileType({ name, sampleType, periodType }),
      name,
      sampleType: sampleType.type,
      sampleUnit: sampleType.unit,
      periodType: periodType.type,
      periodUnit: periodType.unit,
    })),
  );
}

async function profileTypes(request: Omit<LabelsRequest, "matchers">, here: Here): Promise<Told> {
  return { message: { profileTypes: await typeIds({ ...request, matchers: [] }, here) }, missing: COMPLETE };
}

async function labelNames(request: LabelsRequest, { store, tenant, now }: Here): Promise<Told> {
  const { matchers } = matchersOf(request.matchers);
  const names = await store.labelNames({ tenant, matchers }, rangeOf(request, now));
  return { message: { names }, missing: COMPLETE };
}

/** The labels for a profile's type that Pyroscope has beside those of its process. */
const TYPE_LABELS: ReadonlySet<string> = new Set(["__profile_type__"]);

async function labelValues(request: LabelValuesRequest, here: Here): Promise<Told> {
  const { store, tenant, now } = here;
  if (request.name === "") throw new FleetError("name is missing: which label's values are asked for");
  if (TYPE_LABELS.has(request.name)) {
    const names = (await typeIds(request, here)).map((type) => (type as { ID: string }).ID);
    return { message: { names }, missing: COMPLETE };
  }
  const { matchers } = matchersOf(request.matchers);
  const names = await store.labelValues(request.name, { tenant, matchers }, rangeOf(request, now));
  return { message: { names }, missing: COMPLETE };
}

async function series(request: SeriesRequest, { store, tenant, now }: Here): Promise<Told> {
  const { matchers } = matchersOf(request.matchers);
  const found = await store.series({ tenant, matchers }, rangeOf(request, now));
  const wanted = new Set(request.labelNames);
  const sets = new Map<string, object>();
  for (const labels of found) {
    const pairs = pairsOf(labels).filter(({ name }) => wanted.size === 0 || wanted.has(name));
    sets.set(JSON.stringify(pairs), { labels: pairs });
  }
  return { message: { labelsSet: [...sets.values()] }, missing: COMPLETE };
}

function pairsOf(labels: Labels): { name: string; value: string }[] {
  return Array.from(labels, ([name, value]) => ({ name, value }));
}

const SECOND = 1000;
/** The row of Aggregation for means. */
const AVERAGE = 1;

async function selectSeries(request: SeriesOverTimeRequest, { store, tenant, now }: Here): Promise<Told> {
  const selected = selectedProfiles(request, tenant, now);
  const { groupBy, step, aggregation, limit } = request;
  const stepMillis = stepOf(selected.range, step === 0 ? undefined : Math.round(step * SECOND));
  const { series: all, missing } = await linesOverTime(store, { ...selected, stepMillis, groupBy });
  const shown = Number(limit) > 0 ? all.slice(0, Number(limit)) : all;
  const { fromMillis, toMillis } = selected.range;
  // As there, a point stands where its step ends.
  const endOf = (at: number): number => Math.min(fromMillis + (at + 1) * stepMillis, toMillis);
  return {
    message: {
      series: shown.map((line) => ({ labels: pairsOf(line.labels), points: pointsOf(line, aggregation, endOf) })),
    },
    missing,
  };
}

/** Where there was no profile there is no point. */
function pointsOf(
  { values, profiles }: TimelineSeries,
  aggregation: number,
  timeOf: (at: number) => number,
): { value: number; timestamp: number }[] {
  return Array.from(values, (value, at) => ({
    value: aggregation === AVERAGE ? value / profiles[at]! : value,
    timestamp: timeOf(at),
  })).filter(({ value }) => Number.isFinite(value));
}

/** The row of ProfileFormat that is not drawn here. */
const TREE = 2;

function checkFormat(format: number): void {
  if (format >= TREE) throw new Unsupported("of the formats of a profile the flame graph alone is supported");
}

/** As `SCHEMA` has a flame graph; no graph where there is no profile. */
function flameMessage({ names, levels, totals, maxSelf }: FlameLevels): object {
  return { names, levels: levels.map((values) => ({ values })), total: totals[0]!, maxSelf };
}

async function stacktraces(request: StacktracesRequest, { store, tenant, now }: Here): Promise<Told> {
  checkFormat(request.format);
  const { side, missing } = await mergeSelected(store, selectedProfiles(request, tenant, now));
  if (side === undefined) return { message: {}, missing };
  return { message: { flamegraph: flameMessage(flameLevels([side], Number(request.maxNodes))) }, missing };
}

const SPAN_LABEL = "span_id";

async function spanProfile(request: SpanProfileRequest, { store, tenant, now }: Here): Promise<Told> {
  checkFormat(request.format);
  const { side, missing } = await mergeSelected(store, selectedProfiles(request, tenant, now));
  if (side === undefined) return { message: {}, missing };
  const spans = new Set(request.spanSelector);
  const profile = filterByLabel(side.profile, SPAN_LABEL, (value) => spans.has(String(value)));
  return {
    message: { flamegraph: flameMessage(flameLevels([{ ...side, profile }], Number(request.maxNodes))) },
    missing,
  };
}

async function mergeProfile(request: Selected, { store, tenant, now }: Here): Promise<Told> {
  const { side, missing } = await mergeSelected(store, selectedProfiles(request, tenant, now));
  return { message: side === undefined ? new Uint8Array(0) : encode(withOneType(side, missing)), missing };
}

/** A profile with one of its values alone. */
function withOneType({ profile, sampleIndex }: SelectedProfile, missing: Missing): Profile {
  const sampleType = profile.sampleTypes[sampleIndex]!;
  return {
    ...profile,
    sampleTypes: [sampleType],
    defaultSampleType: sampleType.type,
    samples: { ...profile.samples, values: [profile.samples.values[sampleIndex]!] },
    comments: [...profile.comments, ...missing.map((what) => `fleet: missing: ${what}`)],
  };
}

async function diff(request: DiffRequest, { store, tenant, now }: Here): Promise<Told> {
  const sides = [request.left, request.right].map((side, at) => {
    if (side === undefined) throw new FleetError(`${at === 0 ? "left" : "right"} is missing: what is compared`);
    checkFormat(side.format);
    return { maxNodes: Number(side.maxNodes), selected: selectedProfiles(side, tenant, now) };
  });
  const [left, right] = await Promise.all(sides.map(({ selected }) => mergeSelected(store, selected)));
  const drawn = diffLevels(left?.side, right?.side, Math.max(...sides.map(({ maxNodes }) => maxNodes || 0)));
  const missing = [...new Set([...(left?.missing ?? []), ...(right?.missing ?? [])])];
  if (drawn === undefined) return { message: {}, missing };
  const [leftTicks = 0, rightTicks = 0] = drawn.totals;
  return {
    message: { flamegraph: { ...flameMessage(drawn), total: leftTicks + rightTicks, leftTicks, rightTicks } },
    missing,
  };
}
