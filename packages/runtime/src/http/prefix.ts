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

/** A path as Go's servers want it: without segments that are empty or dots. */
export function cleanPath(path: string): string {
  const clean: string[] = [];
  const segments = path.split("/").slice(1);
  for (const segment of segments) {
    if (segment === "..") clean.pop();
    else if (segment !== "" && segment !== ".") clean.push(segment);
  }
  const isFolder = /^(|\.|\.\.)$/.test(segments.at(-1) ?? "") && clean.length > 0;
  return `/${clean.join("/")}${isFolder ? "/" : ""}`;
}
