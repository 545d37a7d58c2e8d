import type { Analysis } from "@pprof-ts/report";
import type { Reported } from "../../session/protocol.ts";

/** What every answer says of its numbers. */
export function reported({ sampleType, options, total, messages }: Analysis): Reported {
  return {
    type: sampleType.type,
    unit: sampleType.unit,
    shownUnit: options.unit === "minimum" ? "auto" : options.unit,
    divideBy: options.divide_by,
    total: Number(total),
    warnings: messages,
  };
}
