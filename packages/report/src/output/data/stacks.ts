import { formats } from "@pprof-ts/profile";
import type { Analysis } from "../../analyze.ts";
import { ReportError } from "../../error.ts";
import { materialize } from "../../stack/materialize.ts";
import type { Body } from "../body.ts";

/** The samples that filters leave in another format of profiles; OTLP's is bytes. */
export function printAs(format: "collapsed" | "cpuprofile" | "otlp" | "speedscope"): (analysis: Analysis) => Body {
  return ({ selection, profile, sampleIndex }) => {
    const write = formats.find(({ name }) => name === format)?.write;
    if (write === undefined) throw new ReportError(`no writer of the format ${JSON.stringify(format)}`);
    const { type } = profile.sampleTypes[sampleIndex]!;
    const bytes = write(materialize(selection), { sampleType: type });
    return format === "otlp" ? bytes : new TextDecoder().decode(bytes);
  };
}
