import type { Change, ProfileDiff } from "@pprof-ts/report";
import { type Values, valueText } from "../../widget/values.ts";

/** What a page writes of the change of a function. */
export interface ChangeCells {
  readonly before: string;
  readonly now: string;
  readonly change: string;
  /** The same in shares of the total or, where these come first, in the unit of the profile. */
  readonly beside: string;
  /** Whether chance alone might have done it; "" where nobody knows. */
  readonly chance: "" | "may be chance" | "more than chance";
  /** What that is concluded from. */
  readonly because: string;
}

/** How large a change is where values come first, or where shares do. */
export function changeOf({ change, value }: Change, valuesFirst: boolean): number {
  return valuesFirst ? value.new - value.old : change;
}

export function changeCells(of: Change, values: Values, valuesFirst: boolean): ChangeCells {
  const [old, now] = [valueText(of.value.old, values), valueText(of.value.new, values)];
  const change = of.value.new - of.value.old;
  const text = `${change > 0 ? "+" : ""}${valueText(change, values)}`;
  const shares = of.old === 0 && of.new === 0 ? "" : `${shareOf(of.old)} → ${shareOf(of.new)}`;
  return {
    ...(valuesFirst
      ? { before: old, now, change: text, beside: shares }
      : { before: shareOf(of.old), now: shareOf(of.new), change: pointsOf(of.change), beside: `${old} → ${now}` }),
    ...chanceOf(of),
  };
}

/** As `pprof diff` and benchstat have it. */
const SIGNIFICANT = 0.05;

function chanceOf({ change, interval, p }: Change): Pick<ChangeCells, "chance" | "because"> {
  if (interval === undefined || change === 0) return { chance: "", because: "" };
  const mayBe = p === undefined ? interval.low <= 0 && interval.high >= 0 : p > SIGNIFICANT;
  const range = `between ${pointsOf(interval.low)} and ${pointsOf(interval.high)} points of the total`;
  const level = `${Math.round(100 * interval.level)} times of 100`;
  return {
    chance: mayBe ? "may be chance" : "more than chance",
    because: `${range}, ${level}${p === undefined ? "" : `; p ${p < 0.001 ? "<0.001" : p.toFixed(3)}`}`,
  };
}

/** What is known of chance, for people who know nothing of statistics. */
export function certaintyOf({ basis, samples, rows }: ProfileDiff): string {
  if (basis === "repeats") {
    const isTooFew = rows.every(({ self, total }) => (self.p ?? 1) > SIGNIFICANT && (total.p ?? 1) > SIGNIFICANT);
    const few = isTooFew ? " With fewer than four a side no change can be told from chance." : "";
    return `“More than chance” is a change that is larger than what runs of one side differ by.${few}`;
  }
  if (samples === undefined) return "Whether chance did it nobody knows: add repeats of both sides.";
  const many = [samples.old, samples.new].map((count) => Math.round(count).toLocaleString("en")).join(" and ");
  return `“More than chance” is a change that ${many} samples seldom show by luck alone. Runs may differ more: add repeats.`;
}

function shareOf(share: number): string {
  return `${(100 * share).toFixed(2)}%`;
}

function pointsOf(change: number): string {
  return `${change < 0 ? "" : "+"}${(100 * change).toFixed(2)}`;
}
