import type { Profile, ValueType } from "@pprof-ts/profile";
import type { Labels } from "./labels.ts";
import type { Selector } from "./selector.ts";

/** Milliseconds since 1970, from `fromMillis` up to but without `toMillis`. */
export interface TimeRange {
  readonly fromMillis: number;
  readonly toMillis: number;
}

/** What the values of counters (allocations, contentions, delays) count from: the profile's own begin, or the process's start. */
export type CountersSince = "begin" | "start";

/** One profile that was scraped or pushed. */
export interface Arrival {
  readonly tenant: string;
  readonly labels: Labels;
  /** What the profile is called, such as `process_cpu`, `memory` or `goroutine`; by its sample types where nothing is said (`profileName`). */
  readonly name?: string;
  /** When the collector received it, by its own clock: what ranges and steps of queries mean. */
  readonly receivedMillis: number;
  /** profile.proto, gzipped or not. */
  readonly profile: Uint8Array;
  /** Where nothing is said, counters of a profile with a duration count from its begin, those of others from the process's start. */
  readonly countersSince?: CountersSince;
  /** How long the scrape took. */
  readonly scrapeMillis?: number;
}

/** One scrape that brought no profile: a gap in every answer, and never a zero. */
export interface Failure {
  readonly tenant: string;
  readonly labels: Labels;
  readonly name: string;
  readonly receivedMillis: number;
  /** The status of the answer; 0 where there was none. */
  readonly status: number;
  /** One sentence. */
  readonly reason: string;
  readonly scrapeMillis: number;
  /** How much of an answer came. */
  readonly bytes: number;
}

/** What was not kept of an arrival, and why, in one sentence. */
export interface Objection {
  /** Which of the arrivals that were given. */
  readonly index: number;
  readonly reason: string;
  /** Where it has to do with how much there is just now, when to send it again. */
  readonly retryAfterMillis?: number;
}

/** What became of arrivals. What is neither refused nor cut is kept whole. */
export interface Admission {
  readonly accepted: number;
  readonly refused: readonly Objection[];
  /** Kept in part: labels, samples or frames beyond a limit became `(other)` or were left out. */
  readonly cut: readonly Objection[];
}

/** A kind of profile that is there: its name, and the union of the sample types of all profiles of that name. */
export interface ProfileType {
  readonly name: string;
  readonly sampleTypes: readonly ValueType[];
  readonly periodType: ValueType | undefined;
}

/** What a service has in a range. */
export interface ServiceSummary {
  readonly name: string;
  readonly types: readonly string[];
  /** How many sets of labels: processes, mostly. */
  readonly series: number;
  readonly profiles: number;
  readonly failures: number;
  /** The time of the first and of the last profile in the range. */
  readonly firstMillis: number;
  readonly lastMillis: number;
}

/** Which profiles: those of one name, with labels that match, received in a range. */
export interface ProfileQuery {
  readonly selector: Selector;
  readonly name: string;
  readonly range: TimeRange;
}

/** What was not looked at for an answer, a sentence each: a segment that is damaged, a part of a cluster that is away. */
export type Missing = readonly string[];

/**
 * All profiles of a query as one. Its sample types are those of all of them, in the order in which they first came; a sample has 0
 * for those that its profile did not have. Cumulative counters have been made differences, so values of counters and of times are
 * sums; those of a state (`inuse_*`, `goroutine` and other counts of what is there) are means over the profiles of the query: what one
 * process had. Rows are in one order whatever store they come from (`orderRows`), so equal answers are equal bytes.
 */
export interface Merged {
  /** Undefined where no profile matches. */
  readonly profile: Profile | undefined;
  readonly profiles: number;
  readonly series: number;
  readonly missing: Missing;
}

export interface TimelineQuery extends ProfileQuery {
  /** The `type` of a sample type, such as `cpu`. */
  readonly sampleType: string;
  /** The first step begins at `range.fromMillis`. At most `MOST_STEPS` of them. */
  readonly stepMillis: number;
  /** Labels by whose values there is a line each; none for one line of all. */
  readonly groupBy: readonly string[];
}

/** The most steps of a timeline. */
export const MOST_STEPS = 11_000;

/** One line of a timeline, a column entry a step. */
export interface TimelineSeries {
  /** The labels of `groupBy` with their values; one that a process does not have is left out. */
  readonly labels: Labels;
  /** Sums, or means over profiles for what is a state; NaN, a gap, where there is no profile. */
  readonly values: Float64Array;
  readonly profiles: Uint32Array;
  readonly failures: Uint32Array;
}

export interface Timeline {
  /** The unit of the values, the first in alphabetical order of those that there are; "" where nothing matches. */
  readonly unit: string;
  readonly stepMillis: number;
  /** By their total, the largest first. */
  readonly series: readonly TimelineSeries[];
  readonly missing: Missing;
}

export interface TopQuery extends ProfileQuery {
  readonly sampleType: string;
  readonly sort: "flat" | "cum";
  readonly limit: number;
}

/** A function of a service: what its own code has, and what it has with all that it calls, each sample counted once. */
export interface TopRow {
  readonly service: string;
  readonly function: string;
  readonly flat: number;
  readonly cum: number;
}

export interface Top {
  readonly unit: string;
  readonly rows: readonly TopRow[];
  /** By service, the sum (or mean) of all samples. */
  readonly totals: ReadonlyMap<string, number>;
  readonly missing: Missing;
}

/** How scrapes of one process have gone in a range. */
export interface Target {
  readonly labels: Labels;
  readonly name: string;
  readonly profiles: number;
  readonly failures: number;
  readonly lastMillis: number;
  readonly lastFailure: Failure | undefined;
  /** Of the last profile: bytes as they came, how long the scrape took, how far its own clock is ahead of the collector's. */
  readonly bytes: number;
  readonly scrapeMillis: number;
  readonly skewMillis: number | undefined;
}

/**
 * Where profiles are kept and asked for. A query whose range, matcher or limit makes no sense is a `FleetError`; one that matches
 * nothing has an empty answer. All that `append` has resolved for is in every later answer, and there after a crash.
 */
export interface Store {
  /** Keeps profiles; resolves when they are durable. What is beyond a limit or broken is refused or cut, and said; it rejects where nothing could be kept, as when the disk is full. */
  append(arrivals: readonly Arrival[]): Promise<Admission>;
  /** Keeps failures; resolves when they are durable. */
  fail(failures: readonly Failure[]): Promise<void>;

  services(tenant: string, range: TimeRange): Promise<readonly ServiceSummary[]>;
  /** Names of labels in alphabetical order. */
  labelNames(selector: Selector, range: TimeRange): Promise<readonly string[]>;
  /** Values of a label in alphabetical order. */
  labelValues(label: string, selector: Selector, range: TimeRange): Promise<readonly string[]>;
  profileTypes(selector: Selector, range: TimeRange): Promise<readonly ProfileType[]>;
  /** The sets of labels there are, each once, in alphabetical order. */
  series(selector: Selector, range: TimeRange): Promise<readonly Labels[]>;

  merge(query: ProfileQuery): Promise<Merged>;
  /** Totals over time, without reading a sample. */
  timeline(query: TimelineQuery): Promise<Timeline>;
  /** The functions that have most, of all services that match. */
  top(query: TopQuery): Promise<Top>;
  /** One for each set of labels and name of profile, in alphabetical order. */
  targets(selector: Selector, range: TimeRange): Promise<readonly Target[]>;

  /** Keeps what is in memory and lets go of the files; nothing may be called after it. */
  close(): Promise<void>;
}
