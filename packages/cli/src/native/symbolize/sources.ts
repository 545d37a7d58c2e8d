import type { Profile } from "@pprof-ts/profile";
import { withoutCredentials } from "../../words/source-url.ts";
import { ProfileRewrite } from "./rewrite.ts";

/** Which URLs a mapping's samples came from, by its build id, or by its file where it has none. */
export type MappingSources = ReadonlyMap<string, readonly MappingSource[]>;

export interface MappingSource {
  readonly url: string;
  /** Where the mapping began in the profile that came from there: merging may move it. */
  readonly start: bigint;
}

/**
 * The sources of a profile that was fetched from `url`. A mapping that has neither build id nor file is given the URL
 * for a file, so that it can be told from others until `withoutSources` takes it away again.
 */
export function collectSources(profile: Profile, url: string): { profile: Profile; sources: MappingSources } {
  const { mappings, strings } = profile;
  const rewrite = new ProfileRewrite(profile);
  const sources = new Map<string, MappingSource[]>();
  for (let row = 0; row < mappings.length; row++) {
    let key = strings.get(mappings.buildId[row]!) || strings.get(mappings.filename[row]!);
    if (key === "") {
      key = withoutCredentials(url);
      rewrite.setFile(row, key);
    }
    const known = sources.get(key) ?? [];
    known.push({ url, start: mappings.start[row]! });
    sources.set(key, known);
  }
  return { profile: rewrite.finish(), sources };
}

/** The sources of profiles that are merged, in their order. */
export function mergeSources(all: readonly MappingSources[]): MappingSources {
  const merged = new Map<string, MappingSource[]>();
  for (const sources of all) {
    for (const [key, list] of sources) merged.set(key, [...(merged.get(key) ?? []), ...list]);
  }
  return merged;
}

/** The profile without the files that are URLs. */
export function withoutSources(profile: Profile): Profile {
  const { mappings, strings } = profile;
  const rewrite = new ProfileRewrite(profile);
  for (let row = 0; row < mappings.length; row++) {
    if (mappings.buildId[row] === 0 && isAbsoluteUrl(strings.get(mappings.filename[row]!))) rewrite.setFile(row, "");
  }
  return rewrite.finish();
}

/** As Go's net/url sees it: anything that begins with a scheme. */
export function isAbsoluteUrl(text: string): boolean {
  // A drive letter is no scheme where there are drives.
  if (process.platform === "win32" && /^[a-z]:/i.test(text)) return false;
  return /^[a-z][a-z0-9+.-]*:/i.test(text);
}
