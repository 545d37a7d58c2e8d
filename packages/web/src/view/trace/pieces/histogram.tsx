import { durationBucketFrom } from "@pprof-ts/report";
import type { VNode } from "preact";
import { durationText } from "./time-text.ts";

interface Props {
  readonly counts: Uint32Array;
  /** The buckets that are shown: all histograms of a table have the same. */
  readonly first: number;
  readonly last: number;
}

/** How many took how long, as bars from the shortest to the longest. */
export function Histogram({ counts, first, last }: Props): VNode | null {
  const shown = Array.from(counts.subarray(first, last + 1));
  const most = Math.max(1, ...shown);
  const said = shown.flatMap((count, i) =>
    count > 0 ? [`${count.toLocaleString("en")} from ${durationText(durationBucketFrom(first + i))}`] : [],
  );
  if (said.length === 0) return null;
  return (
    <span class="histogram" role="img" aria-label={said.join(", ")} title={said.join("\n")}>
      {shown.map((count, i) => (
        <span
          key={i}
          style={{ height: count === 0 ? "0" : `${Math.max(8, (100 * Math.sqrt(count)) / Math.sqrt(most))}%` }}
        />
      ))}
    </span>
  );
}
