/** A part of a recording, in nanoseconds since its begin. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

const SECOND = 1e9;

/** A range as addresses have it: `FROM:TO` in seconds, either of which may be left out. Anything else is an error. */
export function parseTimeRange(text: string): TimeRange {
  const parts = /^(\d*\.?\d*):(\d*\.?\d*)$/.exec(text);
  const [from, to] = [Number(parts?.[1] || 0) * SECOND, Number(parts?.[2] || Infinity) * SECOND];
  if (parts === null || !(from < to))
    throw new Error(`invalid time ${JSON.stringify(text)}: must be FROM:TO in seconds, as in 1.5:2`);
  return { from, to };
}

/** The range to a thousandth of its length. */
export function timeRangeText({ from, to }: TimeRange): string {
  const digits = Math.max(0, Math.min(9, 3 - Math.floor(Math.log10((to - from) / SECOND))));
  const seconds = (nanos: number): string => String(Number((nanos / SECOND).toFixed(digits)));
  return `${seconds(Math.max(0, from))}:${seconds(to)}`;
}
