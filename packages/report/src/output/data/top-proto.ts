import { canonical, encode, ProfileBuilder } from "@pprof-ts/profile";
import { type Analysis, graphInput } from "../../analyze.ts";
import { truncateToInt64 } from "../../go/int64.ts";
import { scale } from "../../go/units.ts";
import { cumOf, flatOf } from "../../graph/graph.ts";
import { trimmedGraph } from "../../graph/trim.ts";
import { outputUnit } from "../measure.ts";

/** What `top` shows as a profile: a sample for each row, with its cum and flat values; strings as Go orders them. */
export function printTopProto(analysis: Analysis): Uint8Array {
  const { profile, sampleType } = analysis;
  const graph = trimmedGraph(graphInput(analysis), { edges: "none", visual: false, tree: false });
  const { nodes, shown } = graph;
  const { table, info } = nodes;
  const unit = outputUnit(analysis, graph);
  const { periodType } = profile;
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: "cum", unit },
      { type: "flat", unit },
    ],
    timeNanos: profile.timeNanos,
    durationNanos: profile.durationNanos,
    ...(periodType === undefined ? {} : { periodType }),
    period: profile.period,
  });
  const inUnit = (value: number): bigint => truncateToInt64(scale(value, sampleType.unit, unit).value);
  for (const node of shown) {
    const row = info[node]!;
    const fn = builder.function({
      name: table.name[row]!,
      filename: table.file[row]!,
      startLine: table.startLine[row]!,
    });
    const lines = [{ function: fn, line: table.line[row]!, column: table.column[row]! }];
    const location = builder.location({ address: table.address[row]!, lines });
    builder.sample([location], [inUnit(cumOf(nodes, node)), inUnit(flatOf(nodes, node))]);
  }
  return encode(canonical(builder.build()));
}
