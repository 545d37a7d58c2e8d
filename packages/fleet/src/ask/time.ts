import { parseDuration as durationMillis } from "../config/duration.ts";
import { FleetError } from "../error.ts";
import { MOST_STEPS, type TimeRange } from "../store/store.ts";

const SECOND = 1000;

/** The last moment that a date of JavaScript can tell in four digits of a year. */
const LAST = Date.UTC(10_000, 0, 1) - 1;

/** A duration such as `90s`, `1h30m` or `7d`, in milliseconds; else a `FleetError`. */
export function parseDuration(text: string): number {
  const millis = durationMillis(text);
  if (millis !== undefined) return millis;
  throw new FleetError(`invalid duration ${JSON.stringify(text.slice(0, 60))}: must be like 90s, 1h30m or 7d`);
}

/** Since 1970, in seconds up to so many, then in milliseconds, microseconds and nanoseconds: all from 1973 to 5138. */
const EPOCH_UNITS: readonly (readonly [below: number, factor: number])[] = [
  [1e11, SECOND],
  [1e14, 1],
  [1e17, 1e-3],
  [1e20, 1e-6],
];

/**
 * A moment in milliseconds since 1970: RFC 3339 (`2026-11-30T14:05:00Z`, a date alone is its beginning in UTC), a number
 * since 1970 in seconds, milli-, micro- or nanoseconds by its size, `now`, `now-1h30m`. What is none is a `FleetError`.
 */
export function parseTime(text: string, now: number): number {
  const moment = relativeTime(text, now) ?? epochTime(text) ?? calendarTime(text);
  if (moment === undefined || !(moment >= 0 && moment <= LAST)) {
    throw new FleetError(
      `invalid time ${JSON.stringify(text.slice(0, 60))}: must be like 2026-11-30T14:05:00Z, 1796047500 or now-1h`,
    );
  }
  return Math.round(moment);
}

function relativeTime(text: string, now: number): number | undefined {
  const [whole, sign, duration] = /^now(?: ?([+-]) ?(\S+))?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return duration === undefined ? now : now + (sign === "-" ? -1 : 1) * parseDuration(duration);
}

function epochTime(text: string): number | undefined {
  if (!/^\d{1,20}(\.\d{1,9})?$/.test(text)) return undefined;
  return epochMillis(Number(text));
}

/** Milliseconds of a number since 1970 in seconds, milli-, micro- or nanoseconds, by its size; undefined: it is too large for any. */
export function epochMillis(number: number): number | undefined {
  const factor = EPOCH_UNITS.find(([below]) => number < below)?.[1];
  return factor === undefined ? undefined : number * factor;
}

function calendarTime(text: string): number | undefined {
  const isTime = /^\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d))?$/.test(text);
  const moment = isTime ? Date.parse(text.replace(" ", "T").toUpperCase()) : Number.NaN;
  return Number.isNaN(moment) ? undefined : moment;
}

/** The last hour, where nothing is said. */
const DEFAULT_RANGE = "now-1h";

/** From when to when; without an end it is now, without a beginning an hour before now. Else a `FleetError`. */
export function parseRange(from: string | undefined, to: string | undefined, now: number): TimeRange {
  return checkedRange(parseTime(from || DEFAULT_RANGE, now), parseTime(to || "now", now));
}

export function checkedRange(fromMillis: number, toMillis: number): TimeRange {
  if (fromMillis < toMillis) return { fromMillis, toMillis };
  const [begin, end] = [fromMillis, toMillis].map(printTime);
  throw new FleetError(`invalid range: it begins at ${begin} and ends at ${end}`);
}

/** A moment as RFC 3339 has it, in UTC, without milliseconds where there are none. */
export function printTime(millis: number): string {
  return new Date(millis).toISOString().replace(".000Z", "Z");
}

/** So many points a line has where nothing is said. */
const USUAL_POINTS = 120;
/** Steps that people take for granted, in milliseconds. */
const STEPS = ["10s", "15s", "30s", "1m", "2m", "5m", "10m", "15m", "30m", "1h", "2h", "6h", "12h", "1d"].map(
  parseDuration,
);

/** How far apart the points of a line are, in milliseconds; `asked` is what is asked for, undefined for what suits. */
export function stepOf({ fromMillis, toMillis }: TimeRange, asked?: number): number {
  const length = toMillis - fromMillis;
  if (asked === undefined) {
    return STEPS.find((step) => length / step <= USUAL_POINTS) ?? Math.ceil(length / USUAL_POINTS);
  }
  if (!(asked >= 1)) throw new FleetError(`invalid step ${asked / SECOND}s: must be above 0`);
  const points = Math.ceil(length / asked);
  if (points <= MOST_STEPS) return asked;
  const enough = Math.ceil(length / MOST_STEPS / SECOND);
  throw new FleetError(
    `${points} points are more than ${MOST_STEPS}: a step of ${enough}s, or a shorter range, has less`,
  );
}
