import type { TimeRange } from "@pprof-ts/report";

const SECOND = 1e9;

/** The range as addresses have it, to a thousandth of its length. */
export function timeRangeText({ from, to }: TimeRange): string {
  const digits = Math.max(0, Math.min(9, 3 - Math.floor(Math.log10((to - from) / SECOND))));
  const seconds = (nanos: number): string => String(Number((nanos / SECOND).toFixed(digits)));
  return `${seconds(Math.max(0, from))}:${seconds(to)}`;
}
