import { RuntimeError } from "../error.ts";

const MILLIS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Reads a duration such as `90s`, `5m` or `500ms`, in milliseconds; a number alone is milliseconds already. `of`: what it is. */
export function parseDuration(text: string | number, of?: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(text));
  if (match !== null) return Number(match[1]) * MILLIS[match[2]!]!;
  if (/^\d+$/.test(String(text))) return Number(text);
  const what = of === undefined ? "" : ` of ${of}`;
  throw new RuntimeError(`invalid duration "${text}"${what}: must be a number and a unit, such as 500ms, 90s or 5m`);
}
