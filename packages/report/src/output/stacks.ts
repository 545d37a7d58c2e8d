import { formats } from "@pprof-ts/profile";
import type { Analysis } from "../analyze.ts";
import { ReportError } from "../error.ts";
import { materialize } from "../materialize.ts";

/** The samples that filters leave in another format of profiles, one line or one weight for each stack. */
export function printAs(format: "collapsed" | "speedscope"): (analysis: Analysis) => string {
  return ({ selection, profile, sampleIndex }) => {
    const write = formats.find(({ name }) => name === format)?.write;
    if (write === undefined) throw new ReportError(`no writer of the format ${JSON.stringify(format)}`);
    const { type } = profile.sampleTypes[sampleIndex]!;
    return new TextDecoder().decode(write(materialize(selection), { sampleType: type }));
  };
}
