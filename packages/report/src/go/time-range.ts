import { ReportError } from "../error.ts";

/** A part of a recording, in nanoseconds since its begin. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

const SECOND = 1e9;

/** A range as pages' addresses have it: `FROM:TO` in seconds, either of which may be left out; else a `ReportError`. */
export function parseTimeRange(text: string): TimeRange {
  const parts = /^(\d*\.?\d*):(\d*\.?\d*)$/.exec(text);
  const [from, to] = [Number(parts?.[1] || 0) * SECOND, Number(parts?.[2] || Infinity) * SECOND];
  if (parts === null || !(from < to))
    throw new ReportError(`invalid time ${JSON.stringify(text)}: must be FROM:TO in seconds, as in 1.5:2`);
  return { from, to };
}
