import { scale } from "@pprof-ts/report";
import type { Shift } from "../statistics/shift.ts";

/** Three digits of a number, without an exponent. */
function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** A value with its unit, such as `1.20s`. */
export function amount(value: number, unit: string): string {
  const scaled = scale(value, unit, "auto");
  return Number(digits(scaled.value)) === 0 ? "0" : `${digits(scaled.value)}${scaled.unit}`;
}

/** The same of a change: `+172ms`. */
export function signed(value: number, unit: string): string {
  const text = amount(value, unit);
  return text === "0" || value < 0 ? text : `+${text}`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(Math.abs(share) < 0.0995 ? 1 : 0)}%`;
}

export function signedPercent(share: number): string {
  const text = percent(share);
  return /^-?0\.0%$/.test(text) ? "0.0%" : share < 0 ? text : `+${text}`;
}

/** How much of `whole` a change is: of what it was, where that is not said; "new" where there was nothing. */
export function shareOf({ change, old }: Shift, whole: number = old): string {
  return whole === 0 ? "new" : signedPercent(change / whole);
}

/** The interval as shares: `+2.1% to +4.0%`; "" of one run. */
export function shareInterval({ interval, old }: Shift, whole: number = old): string {
  if (interval === undefined || whole === 0) return "";
  return `${signedPercent(interval.low / whole)} to ${signedPercent(interval.high / whole)}`;
}

/** The interval in the unit. */
export function valueInterval({ interval }: Shift, unit: string): string {
  return interval === undefined ? "" : `${signed(interval.low, unit)} to ${signed(interval.high, unit)}`;
}

/** `1 function`, `2 functions`. */
export function count(number: number, what: string): string {
  return `${number === 0 ? "no" : number} ${what}${number === 1 ? "" : "s"}`;
}
