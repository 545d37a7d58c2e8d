import { type Profile, scale, subtract } from "@pprof-ts/profile";
import { pageFiles } from "../pages/page-files.ts";
import { page } from "../pages/single-file.ts";

/** One page with all views of what differs between two profiles of so many runs each, in what a run takes. */
export function diffPage(
  base: Profile,
  head: Profile,
  runs: number,
  title: string,
  comments: readonly string[],
): string {
  const ofRun = (profile: Profile): Profile => scale(profile, 1 / runs);
  const profile = { ...subtract(ofRun(head), ofRun(base), { diff: true }), comments };
  return page({ shown: { profile }, title, search: "", sources: undefined }, pageFiles());
}
