import type { Profile, ValueType } from "@pprof-ts/profile";
import { analyze } from "../analyze.ts";
import { ReportError } from "../error.ts";
import { compareText } from "../go/format.ts";
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
  /** The functions, those whose own share changed most first. */
  readonly rows: readonly DiffRow[];
}

interface Shares {
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
  const shares = new Map<string, Shares>();
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
      let known = shares.get(row.name);
      if (known === undefined) {
        known = { self: new Array(all.length).fill(0), total: new Array(all.length).fill(0) };
        shares.set(row.name, known);
      }
      if (total === 0) continue;
      known.self[column]! += row.flat / total;
      known.total[column]! += row.cum / total;
    }
  });
  if (sampleType === undefined) throw new ReportError("no profiles to compare");
  const samples = single(drawn);
  const change = (column: readonly number[]): Change =>
    changeOf(column.slice(0, old.length), column.slice(old.length), samples);
  const rows = [...shares].map(([name, { self, total }]) => ({ name, self: change(self), total: change(total) }));
  // To nine digits: what rounding makes of equal changes does not order them.
  const size = ({ change }: Change): number => Math.round(Math.abs(change) * 1e9);
  rows.sort((a, b) => size(b.self) - size(a.self) || size(b.total) - size(a.total) || compareText(a.name, b.name));
  const [before, after] = [median(totals.slice(0, old.length)), median(totals.slice(old.length))];
  const basis = isRepeated(old, fresh) ? "repeats" : samples && "samples";
  return { sampleType, totals: { old: before, new: after }, basis, samples, rows };
}

/** The samples of one profile a side. */
function single(drawn: readonly (number | undefined)[]): ProfileDiff["samples"] {
  const [old, fresh, ...more] = drawn;
  return old === undefined || fresh === undefined || more.length > 0 ? undefined : { old, new: fresh };
}

function isRepeated(old: readonly unknown[], fresh: readonly unknown[]): boolean {
  return old.length > 1 && fresh.length > 1;
}

function changeOf(old: readonly number[], fresh: readonly number[], samples: ProfileDiff["samples"]): Change {
  const [before, after] = [median(old), median(fresh)];
  const repeated = isRepeated(old, fresh);
  const bySamples = samples && shareInterval(before, samples.old, after, samples.new);
  return {
    old: before,
    new: after,
    change: after - before,
    interval: repeated ? shiftInterval(old, fresh, LEVEL) : bySamples,
    p: repeated ? rankTest(old, fresh) : undefined,
  };
}
