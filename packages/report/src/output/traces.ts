import type { Analysis } from "../analyze.ts";
import { type Body, inPieces } from "../body.ts";
import { compareText, padLeft } from "../go-format.ts";
import { quotient } from "../int64.ts";
import { labelsOf } from "../labels.ts";
import { profileLegend } from "../legend.ts";
import { formatIn } from "../measure.ts";
import { frameNodes, partsOf } from "../nodes.ts";
import { scaledLabel } from "../units.ts";
import type { World } from "../world.ts";

/** One sample: its labels, its value, and its stack, innermost frame first. */
export interface Trace {
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly numbers: ReadonlyMap<string, readonly { readonly value: bigint; readonly unit: string }[]>;
  readonly value: number;
  readonly stack: readonly { readonly name: string; readonly inline: boolean }[];
}

/** The samples that have a stack, in the order of the profile. */
export function* traces(analysis: Analysis): Iterable<Trace> {
  const { selection, options, values, labelUnits } = analysis;
  const { profile, frames, stackStart, stackEnd } = selection;
  const parts = partsOf(options.granularity, options.noinlines, options.showcolumns, false);
  const { table, nodeOf } = frameNodes(selection, parts, undefined);
  const lines = Array.from(nodeOf, (node, frame) => {
    const last = frames.start[frames.location[frame]! + 1]! - 1;
    return { name: table.printable[node]!, inline: frame !== last };
  });
  const stacks = profile.samples.locations;
  for (const sample of selection.samples) {
    const stack: Trace["stack"][number][] = [];
    for (let at = stackStart[sample]!; at < stackEnd[sample]!; at++) {
      const location = stacks[at]!;
      for (let frame = frames.start[location]!; frame < frames.start[location + 1]!; frame++) stack.push(lines[frame]!);
    }
    if (stack.length === 0) continue;
    const { text, numbers } = labelsOf(profile, sample, selection.hiddenLabels);
    yield {
      labels: text,
      numbers: new Map(
        [...numbers].map(([key, of]) => {
          const unit = labelUnits.get(key) ?? "";
          return [key, of.values.map((value) => ({ value, unit }))];
        }),
      ),
      value: quotient(values.values, values.divisors, sample),
      stack,
    };
  }
}

const SEPARATOR = "-----------+-------------------------------------------------------\n";

export function printTraces(analysis: Analysis, world: World): Body {
  return { chunks: inPieces(traceTexts(analysis, world)) };
}

function* traceTexts(analysis: Analysis, world: World): Iterable<string> {
  const format = formatIn(analysis, analysis.options.unit);
  yield `${profileLegend(analysis, format, world).join("\n")}\n`;
  for (const { labels, numbers, value, stack } of traces(analysis)) {
    let text = SEPARATOR;
    if (labels.size > 0) text += labelLines(labels, (label) => label);
    if (numbers.size > 0) text += labelLines(numbers, ({ value, unit }) => scaledLabel(Number(value), unit, "auto"));
    let size = format(value);
    for (const { name, inline } of stack) {
      text += `${padLeft(size, 10)}   ${name}${inline ? " (inline)\n" : "\n"}`;
      size = "";
    }
    yield text;
  }
  yield SEPARATOR;
}

function labelLines<T>(labels: ReadonlyMap<string, readonly T[]>, write: (value: T) => string): string {
  return [...labels]
    .map(([key, values]) => `${padLeft(key, 10)}:  ${values.map(write).join(" ")}\n`)
    .sort(compareText)
    .join("");
}
