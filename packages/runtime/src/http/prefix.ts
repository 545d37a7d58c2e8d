/** Where Go serves profiles. */
export const PREFIX = "/debug/pprof/";

/** What follows the prefix in a path: "" for the index, a profile's name otherwise; undefined: another path. */
export function nameUnder(prefix: string, path: string): string | undefined {
  if (!path.startsWith(prefix)) return undefined;
  try {
    return decodeURIComponent(path.slice(prefix.length));
  } catch {
    return undefined;
  }
}
