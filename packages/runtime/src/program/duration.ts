import { RuntimeError } from "../error.ts";

/** The longest delay of a timer. */
const MOST_MILLIS = 2 ** 31 - 1;
const MILLIS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Reads a duration such as `90s`, `5m` or `500ms`, in milliseconds; a number alone is milliseconds already. `of`: what it is. */
export function parseDuration(text: string | number, of?: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(text));
  const millis =
    match !== null ? Number(match[1]) * MILLIS[match[2]!]! : /^\d+$/.test(String(text)) ? Number(text) : -1;
  if (millis >= 0 && millis <= MOST_MILLIS) return millis;
  const what = of === undefined ? "" : ` of ${of}`;
  if (millis > MOST_MILLIS) throw new RuntimeError(`invalid duration "${text}"${what}: must be at most 596h`);
  throw new RuntimeError(`invalid duration "${text}"${what}: must be a number and a unit, such as 500ms, 90s or 5m`);
}
