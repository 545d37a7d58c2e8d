import type { Profile, ValueType } from "@pprof-ts/profile";
import { analyze } from "../analyze.ts";
import { ReportError } from "../error.ts";
import { compareText } from "../go/format.ts";
import { scale } from "../go/units.ts";
import type { Options } from "../options.ts";
import { top } from "../output/text/top.ts";
import { median, rankTest, type ShiftInterval, shiftInterval } from "./rank-test.ts";
import { drawnSamples, shareInterval } from "./share-interval.ts";

/** How a share of the total changed from the old profiles to the new ones; shares are of 1, medians of each side. */
export interface Change {
  readonly old: number;
  readonly new: number;
  readonly change: number;
  /** Between which the change lies, by the diff's `basis`; undefined where nothing is known of chance. */
  readonly interval: ShiftInterval | undefined;
  /** How likely chance alone changes so much, by the Mann-Whitney test; undefined where no profile has been repeated. */
  readonly p: number | undefined;
  /** What it is worth on each side, medians in the unit of the profile. */
  readonly value: { readonly old: number; readonly new: number };
}

export interface DiffRow {
  readonly name: string;
  /** What the function itself takes. */
  readonly self: Change;
  /** What it takes with all that it calls. */
  readonly total: Change;
}

export interface ProfileDiff {
  readonly sampleType: ValueType;
  /** What shares are of: the median total of each side. */
  readonly totals: { readonly old: number; readonly new: number };
  /**
   * What intervals come from: repeats on both sides or, of one profile a side, the number of its samples, as if each had
   * been drawn by itself. Undefined where there is neither.
   */
  readonly basis: "repeats" | "samples" | undefined;
  /** Where the basis is samples: how many of the same weight the profiles' are worth. */
  readonly samples: { readonly old: number; readonly new: number } | undefined;
  /**
   * Whether values themselves can be compared, as sizes and counts can, and times of recordings that took equally long;
   * of others only shares can.
   */
  readonly hasEqualScales: boolean;
  /** The functions, those whose own share changed most first. */
  readonly rows: readonly DiffRow[];
}

interface Columns {
  readonly self: number[];
  readonly total: number[];
}

const LEVEL = 0.95;

/**
 * Compares what functions (or what the granularity has in their place) take of two sides of profiles, each a repeat of
 * the same measurement. Errors are `ReportError`s.
 */
export function diffProfiles(old: readonly Profile[], fresh: readonly Profile[], options: Options): ProfileDiff {
  const whole: Options = { ...options, trim: true, nodecount: 0, nodefraction: 0, edgefraction: 0 };
  const shares = new Map<string, Columns>();
  const values = new Map<string, Columns>();
  const columns = (of: Map<string, Columns>, name: string): Columns => {
    const known = of.get(name) ?? { self: new Array(all.length).fill(0), total: new Array(all.length).fill(0) };
    of.set(name, known);
    return known;
  };
  let sampleType: ValueType | undefined;
  const all = [...old, ...fresh];
  const totals: number[] = [];
  const drawn: (number | undefined)[] = [];
  all.forEach((profile, column) => {
    const analysis = analyze(profile, whole);
    if (sampleType !== undefined && analysis.sampleType.type !== sampleType.type) {
      throw new ReportError(
        `cannot compare ${sampleType.type} with ${analysis.sampleType.type}: -sample_index chooses one that all profiles have`,
      );
    }
    sampleType = analysis.sampleType;
    const total = Number(analysis.total);
    totals.push(total);
    drawn.push(drawnSamples(analysis));
    for (const row of top(analysis, {}).rows) {
      const known = columns(shares, row.name);
      const worth = columns(values, row.name);
      worth.self[column]! += row.flat;
      worth.total[column]! += row.cum;
      if (total === 0) continue;
      known.self[column]! += row.flat / total;
      known.total[column]! += row.cum / total;
    }
  });
  if (sampleType === undefined) throw new ReportError("no profiles to compare");
  const samples = single(drawn);
  const sides = (column: readonly number[]): Sides => [column.slice(0, old.length), column.slice(old.length)];
  const change = (column: readonly number[], worth: readonly number[]): Change =>
    changeOf(sides(column), sides(worth), samples);
  const rows = [...shares].map(([name, { self, total }]) => {
    const worth = values.get(name)!;
    return { name, self: change(self, worth.self), total: change(total, worth.total) };
  });
  // To nine digits: what rounding makes of equal changes does not order them.
  const size = ({ change }: Change): number => Math.round(Math.abs(change) * 1e9);
  rows.sort((a, b) => size(b.self) - size(a.self) || size(b.total) - size(a.total) || compareText(a.name, b.name));
  const [before, after] = [median(totals.slice(0, old.length)), median(totals.slice(old.length))];
  const basis = isRepeated(old, fresh) ? "repeats" : samples && "samples";
  const totalsOfSides = { old: before, new: after };
  return { sampleType, totals: totalsOfSides, basis, samples, hasEqualScales: haveEqualScales(all, sampleType), rows };
}

/** The samples of one profile a side. */
function single(drawn: readonly (number | undefined)[]): ProfileDiff["samples"] {
  const [old, fresh, ...more] = drawn;
  return old === undefined || fresh === undefined || more.length > 0 ? undefined : { old, new: fresh };
}

function isRepeated(old: readonly unknown[], fresh: readonly unknown[]): boolean {
  return old.length > 1 && fresh.length > 1;
}

/** Recordings whose lengths differ by no more than this took equally long. */
const EQUALLY_LONG = 1.05;

/** What is sampled grows with the time that it is recorded; sizes and counts of what is there do not. */
function haveEqualScales(profiles: readonly Profile[], { type, unit }: ValueType): boolean {
  const isSampled = scale(1, unit, "seconds").unit === "s" || /^samples?$/.test(type);
  const durations = profiles.map(({ durationNanos }) => Number(durationNanos));
  const shortest = Math.min(...durations);
  return !isSampled || (shortest > 0 && Math.max(...durations) <= shortest * EQUALLY_LONG);
}

/** Columns of the old profiles and of the new ones. */
type Sides = readonly [old: readonly number[], fresh: readonly number[]];

function changeOf([old, fresh]: Sides, [oldWorth, worth]: Sides, samples: ProfileDiff["samples"]): Change {
  const [before, after] = [median(old), median(fresh)];
  const repeated = isRepeated(old, fresh);
  const bySamples = samples && shareInterval(before, samples.old, after, samples.new);
  return {
    old: before,
    new: after,
    change: after - before,
    interval: repeated ? shiftInterval(old, fresh, LEVEL) : bySamples,
    p: repeated ? rankTest(old, fresh) : undefined,
    value: { old: median(oldWorth), new: median(worth) },
  };
}
