import type { Profile } from "@pprof-ts/profile";
import { matchersText } from "../store/selector.ts";
import type { Merged, Store } from "../store/store.ts";
import type { AskedProfiles } from "./asked-profiles.ts";
import { printTime } from "./time.ts";

/** What a query gives: one profile, of which its own comments say what it is and what is missing. */
export interface MergedProfile extends Merged {
  readonly comments: readonly string[];
}

/** Merges what is asked for; reports begin with the value that is asked for. */
export async function mergedProfile(store: Store, asked: AskedProfiles): Promise<MergedProfile> {
  const merged = await store.merge(asked);
  const { selector, name, range } = asked;
  const comments = [
    `fleet: ${name}${matchersText(selector.matchers)} from ${printTime(range.fromMillis)} to ${printTime(range.toMillis)}`,
    `fleet: ${count(merged.profiles, "profile")} of ${merged.series} series`,
    ...merged.missing.map((what) => `fleet: missing: ${what}`),
  ];
  if (merged.profile === undefined) return { ...merged, comments };
  const profile: Profile = {
    ...merged.profile,
    comments: [...merged.profile.comments, ...comments],
    defaultSampleType: asked.sampleType?.type ?? merged.profile.defaultSampleType,
  };
  return { ...merged, profile, comments };
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** Why there is no profile. */
export function nothingFound({ selector, name, range }: AskedProfiles, { missing }: Merged): string {
  const what = `no ${name} profile of ${matchersText(selector.matchers)}`;
  const sentences = [`${what} from ${printTime(range.fromMillis)} to ${printTime(range.toMillis)}`, ...missing];
  return sentences.join("; missing: ");
}
