// Hot: each frame of each stack is a line, 41 million of them in 100 MB.
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

/** Stands where a sample's value would. */
const INDENT = " ".repeat(13);

function* traceTexts(analysis: Analysis, world: World): Iterable<string> {
  const { selection, options, values, labelUnits } = analysis;
  const { profile, stackStart, stackEnd, hiddenLabels } = selection;
  const format = formatIn(analysis, options.unit);
  yield `${profileLegend(analysis, format, world).join("\n")}\n`;
  const lines = locationLines(analysis);
  const stacks = profile.samples.locations;
  const write = new Map<number, string>();
  const parts: string[] = [];
  for (const sample of selection.samples) {
    const end = stackEnd[sample]!;
    let at = stackStart[sample]!;
    while (at < end && lines[stacks[at]!] === "") at++;
    if (at === end) continue;
    parts.length = 0;
    parts.push(SEPARATOR);
    const { text, numbers } = labelsOf(profile, sample, hiddenLabels);
    if (text.size > 0) parts.push(labelLines(text, (values) => values));
    if (numbers.size > 0) {
      parts.push(
        labelLines(numbers, ({ values }, key) =>
          values.map((value) => scaledLabel(Number(value), labelUnits.get(key) ?? "", "auto")),
        ),
      );
    }
    const value = quotient(values.values, values.divisors, sample);
    let size = write.get(value);
    if (size === undefined) {
      size = `${padLeft(format(value), 10)}   `;
      if (write.size < MOST_SIZES) write.set(value, size);
    }
    parts.push(size, lines[stacks[at]!]!.slice(INDENT.length));
    while (++at < end) parts.push(lines[stacks[at]!]!);
    yield parts.join("");
  }
  yield SEPARATOR;
}

/** How many different values' texts are remembered. */
const MOST_SIZES = 10_000;

/** The lines that each location is in a stack that it does not begin; "" for a hidden one. */
function locationLines({ selection, options }: Analysis): string[] {
  const { frames } = selection;
  const parts = partsOf(options.granularity, options.noinlines, options.showcolumns, false);
  const { table, nodeOf } = frameNodes(selection, parts, undefined);
  return Array.from({ length: frames.start.length - 1 }, (_, location) => {
    const end = frames.start[location + 1]!;
    let text = "";
    for (let frame = frames.start[location]!; frame < end; frame++) {
      text += `${INDENT}${table.printable[nodeOf[frame]!]!}${frame < end - 1 ? " (inline)\n" : "\n"}`;
    }
    return text;
  });
}

function labelLines<T>(labels: ReadonlyMap<string, T>, write: (values: T, key: string) => readonly string[]): string {
  return [...labels]
    .map(([key, values]) => `${padLeft(key, 10)}:  ${write(values, key).join(" ")}\n`)
    .sort(compareText)
    .join("");
}
