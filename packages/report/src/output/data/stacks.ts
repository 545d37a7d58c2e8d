import { collapsedLines, formats } from "@pprof-ts/profile";
import type { Analysis } from "../../analyze.ts";
import { ReportError } from "../../error.ts";
import { materialize } from "../../stack/materialize.ts";
import { type Body, inPieces } from "../body.ts";

/** The samples that filters leave as collapsed stacks, which may be more text than a string holds. */
export function printCollapsed({ selection, profile, sampleIndex }: Analysis): Body {
  const { type } = profile.sampleTypes[sampleIndex]!;
  return { chunks: inPieces(collapsedLines(materialize(selection), { sampleType: type })) };
}

/** The samples that filters leave in another format of profiles; OTLP's is bytes. */
export function printAs(format: "cpuprofile" | "otlp" | "speedscope"): (analysis: Analysis) => Body {
  return ({ selection, profile, sampleIndex }) => {
    const write = formats.find(({ name }) => name === format)?.write;
    if (write === undefined) throw new ReportError(`no writer of the format ${JSON.stringify(format)}`);
    const { type } = profile.sampleTypes[sampleIndex]!;
    const bytes = write(materialize(selection), { sampleType: type });
    return format === "otlp" ? bytes : new TextDecoder().decode(bytes);
  };
}
