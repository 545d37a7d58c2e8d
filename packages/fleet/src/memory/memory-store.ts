import { decode, encode, type Profile } from "@pprof-ts/profile";
import { admit, refusal } from "../store/admit.ts";
import { type Labels, labelsKey, SERVICE_LABEL, sortedLabels } from "../store/labels.ts";
import { defaultLimits, type Limits } from "../store/limits.ts";
import { checkRange, checkTop, groupLabels, isWithin, skewMillis, stepsOf, topRows } from "../store/query.ts";
import { columnOf, unionOfTypes } from "../store/sample-types.ts";
import { compileSelector, type Selector } from "../store/selector.ts";
import type {
  Admission,
  Arrival,
  Failure,
  Merged,
  Objection,
  ProfileQuery,
  ProfileType,
  ServiceSummary,
  Store,
  Target,
  Timeline,
  TimelineQuery,
  TimeRange,
  Top,
  TopQuery,
} from "../store/store.ts";
import { cumulativeColumns, valueKind } from "../store/value-kind.ts";
import { CounterDifferences } from "./counter-differences.ts";
import { functionTotals } from "./function-totals.ts";
import { mergeEntries, sumOf } from "./merge-entries.ts";

/** A profile that is kept, or a failure. */
interface Entry {
  readonly tenant: string;
  readonly labels: Labels;
  readonly name: string;
  readonly millis: number;
  /** Uncompressed; undefined for a failure. */
  readonly bytes: Uint8Array | undefined;
  readonly failure: Failure | undefined;
  readonly arrivedBytes: number;
  readonly scrapeMillis: number;
  readonly skewMillis: number | undefined;
}

export interface MemoryStoreOptions {
  readonly limits?: Partial<Limits>;
  /** This machine's clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * Keeps profiles as they came and answers by merging them: slow, gone with the process, and so simple that other stores are
 * held against it.
 */
export class MemoryStore implements Store {
  readonly #entries: Entry[] = [];
  readonly #counters = new CounterDifferences();
  readonly #limits: Limits;
  readonly #now: () => number;

  constructor({ limits = {}, now = Date.now }: MemoryStoreOptions = {}) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#now = now;
  }

  async append(arrivals: readonly Arrival[]): Promise<Admission> {
    const refused: Objection[] = [];
    const cut: Objection[] = [];
    arrivals.forEach((arrival, index) => {
      const admitted = admit(arrival, this.#limits, this.#now());
      if (typeof admitted === "string") {
        refused.push({ index, reason: admitted });
        return;
      }
      const { labels, name, profile } = admitted;
      for (const reason of admitted.cut) cut.push({ index, reason });
      const isCumulative = cumulativeColumns(name, profile, arrival.countersSince);
      const { sampleTypes, periodType } = profile;
      const key = JSON.stringify([arrival.tenant, labelsKey(labels), name, sampleTypes, periodType, isCumulative]);
      this.#entries.push({
        tenant: arrival.tenant,
        labels,
        name,
        millis: arrival.receivedMillis,
        bytes: encode(this.#counters.difference(key, arrival.receivedMillis, profile, isCumulative)),
        failure: undefined,
        arrivedBytes: arrival.profile.length,
        scrapeMillis: Math.round(arrival.scrapeMillis ?? 0),
        skewMillis: skewMillis(profile, arrival.receivedMillis),
      });
    });
    return { accepted: arrivals.length - refused.length, refused, cut };
  }

  async fail(failures: readonly Failure[]): Promise<void> {
    for (const failure of failures) {
      if (refusal(failure, this.#limits, this.#now()) !== undefined) continue;
      this.#entries.push({
        tenant: failure.tenant,
        labels: sortedLabels(failure.labels),
        name: failure.name,
        millis: failure.receivedMillis,
        bytes: undefined,
        failure: { ...failure, labels: sortedLabels(failure.labels) },
        arrivedBytes: failure.bytes,
        scrapeMillis: failure.scrapeMillis,
        skewMillis: undefined,
      });
    }
  }

  async services(tenant: string, range: TimeRange): Promise<readonly ServiceSummary[]> {
    const found = this.#select({ tenant, matchers: [] }, range);
    return groups(found, ({ labels }) => labels.get(SERVICE_LABEL)!).map(([name, entries]) => {
      const profiles = entries.filter(isProfile);
      return {
        name,
        types: distinct(profiles.map((entry) => entry.name)),
        series: groups(entries, ({ labels }) => labelsKey(labels)).length,
        profiles: profiles.length,
        failures: entries.length - profiles.length,
        firstMillis: profiles[0]?.millis ?? 0,
        lastMillis: profiles.at(-1)?.millis ?? 0,
      };
    });
  }

  async labelNames(selector: Selector, range: TimeRange): Promise<readonly string[]> {
    return distinct(this.#select(selector, range).flatMap(({ labels }) => [...labels.keys()]));
  }

  async labelValues(label: string, selector: Selector, range: TimeRange): Promise<readonly string[]> {
    return distinct(this.#select(selector, range).flatMap(({ labels }) => labels.get(label) ?? []));
  }

  async profileTypes(selector: Selector, range: TimeRange): Promise<readonly ProfileType[]> {
    const found = this.#select(selector, range).filter(isProfile);
    return groups(found, ({ name }) => name).map(([name, entries]) => {
      const profiles = entries.map(profileOf);
      return { name, sampleTypes: unionOfTypes(profiles), periodType: profiles[0]!.periodType };
    });
  }

  async series(selector: Selector, range: TimeRange): Promise<readonly Labels[]> {
    const found = this.#select(selector, range);
    return groups(found, ({ labels }) => labelsKey(labels)).map(([, entries]) => entries[0]!.labels);
  }

  async merge({ selector, name, range }: ProfileQuery): Promise<Merged> {
    const found = this.#profiles(selector, name, range);
    const profile = found.length === 0 ? undefined : mergeEntries(name, found.map(profileOf));
    const series = groups(found, ({ labels }) => labelsKey(labels)).length;
    return { profile, profiles: found.length, series, missing: [] };
  }

  async timeline(query: TimelineQuery): Promise<Timeline> {
    const { selector, name, range, sampleType, stepMillis, groupBy } = query;
    const steps = stepsOf(query);
    const found = this.#select(selector, range).filter((entry) => entry.name === name);
    const unit = unitOf(found, sampleType);
    const lines = groups(found, ({ labels }) => labelsKey(groupLabels(labels, groupBy))).flatMap(([, entries]) => {
      const values = new Float64Array(steps);
      const profiles = new Uint32Array(steps);
      const failures = new Uint32Array(steps);
      let total = 0;
      for (const entry of entries) {
        const step = Math.floor((entry.millis - range.fromMillis) / stepMillis);
        if (!isProfile(entry)) {
          failures[step]!++;
          continue;
        }
        const profile = profileOf(entry);
        const column = columnOf(profile, { type: sampleType, unit });
        if (column < 0) continue;
        values[step] = values[step]! + Number(profile.samples.values[column]!.reduce((sum, value) => sum + value, 0n));
        profiles[step]!++;
      }
      const isState = valueKind(name, { type: sampleType, unit }) === "state";
      for (let step = 0; step < steps; step++) {
        total += values[step]!;
        if (profiles[step] === 0) values[step] = Number.NaN;
        else if (isState) values[step] = values[step]! / profiles[step]!;
      }
      return [{ total, line: { labels: groupLabels(entries[0]!.labels, groupBy), values, profiles, failures } }];
    });
    return {
      unit,
      stepMillis,
      series: lines.sort((a, b) => b.total - a.total).map(({ line }) => line),
      missing: [],
    };
  }

  async top(query: TopQuery): Promise<Top> {
    checkTop(query);
    const found = this.#profiles(query.selector, query.name, query.range);
    const rows: Top["rows"][number][] = [];
    const totals = new Map<string, number>();
    const unit = unitOf(found, query.sampleType);
    for (const [service, entries] of groups(found, ({ labels }) => labels.get(SERVICE_LABEL)!)) {
      const profiles = entries.map(profileOf);
      const sum = sumOf(profiles);
      const column = columnOf(sum, { type: query.sampleType, unit });
      if (column < 0) continue;
      const type = sum.sampleTypes[column]!;
      const having = profiles.filter((one) => columnOf(one, type) >= 0);
      const share = valueKind(query.name, type) === "state" ? having.length : 1;
      const { functions, total } = functionTotals(sum, column);
      totals.set(service, total / share);
      for (const [name, { flat, cum }] of functions) {
        rows.push({ service, function: name, flat: flat / share, cum: cum / share });
      }
    }
    return { unit, rows: topRows(rows, query), totals, missing: [] };
  }

  async targets(selector: Selector, range: TimeRange): Promise<readonly Target[]> {
    const found = this.#select(selector, range);
    return groups(found, ({ labels, name }) => JSON.stringify([labelsKey(labels), name])).map(([, entries]) => {
      const profiles = entries.filter(isProfile);
      const last = profiles.at(-1);
      return {
        labels: entries[0]!.labels,
        name: entries[0]!.name,
        profiles: profiles.length,
        failures: entries.length - profiles.length,
        lastMillis: entries.at(-1)!.millis,
        lastFailure: entries.findLast(({ failure }) => failure !== undefined)?.failure,
        bytes: last?.arrivedBytes ?? 0,
        scrapeMillis: last?.scrapeMillis ?? 0,
        skewMillis: last?.skewMillis,
      };
    });
  }

  async close(): Promise<void> {
    this.#entries.length = 0;
  }

  #profiles(selector: Selector, name: string, range: TimeRange): Entry[] {
    return this.#select(selector, range).filter((entry) => entry.name === name && isProfile(entry));
  }

  /** In the order in which they were received. */
  #select(selector: Selector, range: TimeRange): Entry[] {
    checkRange(range);
    const matches = compileSelector(selector);
    return this.#entries
      .filter(({ tenant, labels, millis }) => tenant === selector.tenant && isWithin(range, millis) && matches(labels))
      .sort((a, b) => a.millis - b.millis);
  }
}

/** The unit of a sample type; where there are several, the first in alphabetical order. */
function unitOf(entries: readonly Entry[], sampleType: string): string {
  const types = entries.filter(isProfile).flatMap((entry) => profileOf(entry).sampleTypes);
  return distinct(types.flatMap(({ type, unit }) => (type === sampleType ? [unit] : [])))[0] ?? "";
}

function isProfile({ bytes }: Entry): boolean {
  return bytes !== undefined;
}

function profileOf({ bytes }: Entry): Profile {
  return decode(bytes!);
}

/** The entries by a key, in the alphabetical order of the keys. */
function groups(entries: readonly Entry[], keyOf: (entry: Entry) => string): [string, Entry[]][] {
  const found = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const group = found.get(key);
    if (group === undefined) found.set(key, [entry]);
    else group.push(entry);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
