import { type Profile, removeUninteresting } from "@pprof-ts/profile";
import { ReportError } from "../error.ts";
import { compilePattern } from "../go/pattern.ts";

/** The profile without the frames that it itself names as of no interest, in `dropFrames` and `keepFrames`: see `removeUninteresting`. */
export function withoutUninteresting(profile: Profile): Profile {
  if (profile.dropFrames === "") return profile;
  const drop = wholeName(profile.dropFrames);
  return profile.keepFrames === ""
    ? removeUninteresting(profile, drop)
    : removeUninteresting(profile, drop, wholeName(profile.keepFrames));
}

function wholeName(source: string): (name: string) => boolean {
  try {
    const pattern = compilePattern(`^(${source})$`);
    return (name) => pattern.test(name);
  } catch (error) {
    if (error instanceof ReportError) throw new ReportError(`failed to compile regexp ${source}: ${error.message}`);
    throw error;
  }
}
