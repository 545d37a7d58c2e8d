import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { encode } from "@pprof-ts/profile";
import { type AskedProfiles, askedRange, resolveType } from "../ask/asked-profiles.ts";
import { linesOverTime } from "../ask/lines.ts";
import { mergedProfile, nothingFound } from "../ask/merged-profile.ts";
import { serviceCosts, shownType } from "../ask/services.ts";
import { parseDuration, printTime, stepOf } from "../ask/time.ts";
import { FleetError } from "../error.ts";
import type { Labels } from "../store/labels.ts";
import type { Store, Target, TimelineSeries, TimeRange } from "../store/store.ts";
import type { Here } from "./here.ts";
import { jsonAnswer, refusing, TEXT_HEADERS } from "./json-answer.ts";
import { missingHeader } from "./missing-header.ts";
import type { Answer, Asked, Route } from "./route.ts";

const MERGED = "/merge.pb.gz";

/** The addresses that queries have, a row each. */
const ANSWERS: readonly { readonly path: string; readonly answer: (asked: Asked, here: Here) => Promise<Answer> }[] = [
  { path: MERGED, answer: merge },
  { path: "/api/services", answer: services },
  { path: "/api/types", answer: types },
  { path: "/api/labels", answer: labels },
  { path: "/api/timeline", answer: timeline },
  { path: "/api/targets", answer: targets },
  { path: "/api/top", answer: top },
];

/** Queries in this project's own words; `now` is the time in milliseconds. */
export function queryRoutes(store: Store, now: () => number): Route[] {
  return ANSWERS.map(({ path, answer }) => ({
    method: "GET",
    path,
    answer: refusing((asked) => answer(asked, { store, now: now() })),
  }));
}

/** All of them name their schema, whose version counts up with changes that break readers, and their range. */
function tell(schema: string, range: TimeRange, content: object): Answer {
  return jsonAnswer({
    schema: `pprof-ts/fleet-${schema}`,
    version: 1,
    from: printTime(range.fromMillis),
    to: printTime(range.toMillis),
    ...content,
  });
}

async function askedType({ query, tenant }: Asked, { store, now }: Here): Promise<AskedProfiles> {
  return resolveType(store, askedRange(query, tenant, now));
}

async function merge(asked: Asked, here: Here): Promise<Answer> {
  const profiles = await askedType(asked, here);
  const merged = await mergedProfile(here.store, profiles);
  const headers = missingHeader(merged.missing);
  if (merged.profile === undefined) {
    return { status: 404, headers: { ...TEXT_HEADERS, ...headers }, body: `${nothingFound(profiles, merged)}\n` };
  }
  return {
    status: 200,
    headers: { "content-type": "application/octet-stream", ...headers },
    body: await promisify(gzip)(encode(merged.profile)),
  };
}

async function services(asked: Asked, here: Here): Promise<Answer> {
  const profiles = await askedType(asked, here);
  const ago = asked.query.get("ago") ?? "";
  const told = await serviceCosts(here.store, profiles, ago === "" ? 0 : parseDuration(ago));
  return tell("services", profiles.range, {
    type: profiles.name,
    sampleType: told.sampleType ?? null,
    services: told.services.map(({ firstMillis, lastMillis, amount, before, ...service }) => ({
      ...service,
      first: printTime(firstMillis),
      last: printTime(lastMillis),
      amount: amount ?? null,
      ...(ago === "" ? {} : { before: before ?? null }),
    })),
    missing: told.missing,
  });
}

async function types({ query, tenant }: Asked, { store, now }: Here): Promise<Answer> {
  const { selector, range } = askedRange(query, tenant, now);
  return tell("types", range, { types: await store.profileTypes(selector, range) });
}

/** So many labels' values are told, and so many of each: what more there are is counted. */
const MOST_VALUES = 1000;

async function labels({ query, tenant }: Asked, { store, now }: Here): Promise<Answer> {
  const { selector, range } = askedRange(query, tenant, now);
  const rows = [];
  for (const name of await store.labelNames(selector, range)) {
    const values = await store.labelValues(name, selector, range);
    rows.push({ name, count: values.length, values: values.slice(0, MOST_VALUES) });
  }
  return tell("labels", range, { labels: rows });
}

const SECOND = 1000;

async function timeline(asked: Asked, here: Here): Promise<Answer> {
  const { query } = asked;
  const profiles = await askedType(asked, here);
  const { range } = profiles;
  const sampleType = await shownType(profiles, here.store);
  const step = query.get("step");
  const stepMillis = stepOf(range, step === null ? undefined : stepMillisOf(step));
  const groupBy = query.getAll("by").filter((label) => label !== "");
  const line = ({ labels: of, values, profiles: counts, failures }: TimelineSeries): object => ({
    labels: objectOf(of),
    values: Array.from(values, numberOrNull),
    profiles: [...counts],
    failures: [...failures],
  });
  const empty = { series: [], missing: [] };
  const told =
    sampleType === undefined
      ? empty
      : await linesOverTime(here.store, { ...profiles, sampleType: sampleType.type, stepMillis, groupBy });
  return tell("timeline", range, {
    type: profiles.name,
    sampleType: sampleType ?? null,
    stepSeconds: stepMillis / SECOND,
    series: told.series.map(line),
    missing: told.missing,
  });
}

/** Seconds, or a duration. */
function stepMillisOf(text: string): number {
  return /^\d{1,9}(\.\d{1,3})?$/.test(text) ? Number(text) * SECOND : parseDuration(text);
}

async function targets({ query, tenant }: Asked, { store, now }: Here): Promise<Answer> {
  const { selector, range } = askedRange(query, tenant, now);
  const row = ({ labels: of, lastMillis, lastFailure, skewMillis, ...target }: Target): object => ({
    ...target,
    labels: objectOf(of),
    last: lastMillis > 0 ? printTime(lastMillis) : null,
    skewMillis: skewMillis ?? null,
    lastFailure:
      lastFailure === undefined
        ? null
        : { at: printTime(lastFailure.receivedMillis), status: lastFailure.status, reason: lastFailure.reason },
  });
  return tell("targets", range, { targets: (await store.targets(selector, range)).map(row) });
}

const USUAL_ROWS = 20;
const MOST_ROWS = 10_000;

async function top(asked: Asked, here: Here): Promise<Answer> {
  const { query } = asked;
  const profiles = await askedType(asked, here);
  const sampleType = await shownType(profiles, here.store);
  const limit = Number(query.get("n") ?? USUAL_ROWS);
  if (!(Number.isInteger(limit) && limit > 0 && limit <= MOST_ROWS))
    throw new FleetError(`invalid n ${JSON.stringify(query.get("n"))}: must be from 1 to ${MOST_ROWS}`);
  const sort = query.get("sort") ?? "flat";
  if (sort !== "flat" && sort !== "cum")
    throw new FleetError(`invalid sort ${JSON.stringify(sort)}: must be flat or cum`);
  const told =
    sampleType === undefined
      ? { unit: "", rows: [], totals: new Map<string, number>(), missing: [] }
      : await here.store.top({ ...profiles, sampleType: sampleType.type, sort, limit });
  return tell("top", profiles.range, {
    type: profiles.name,
    sampleType: sampleType ?? null,
    rows: told.rows,
    totals: Object.fromEntries(told.totals),
    missing: told.missing,
  });
}

function objectOf(of: Labels): Readonly<Record<string, string>> {
  return Object.fromEntries(of);
}

/** JSON has no NaN: a gap is null. */
function numberOrNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
