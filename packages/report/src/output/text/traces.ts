// Hot: each frame of each stack is a line, 41 million of them in 100 MB, so lines are copied as bytes and not as strings: 9 MB
// in 1.4 s. See bench/src/tool.ts.
import type { Profile } from "@pprof-ts/profile";
import type { Analysis } from "../../analyze.ts";
import { compareText, padLeft } from "../../go/format.ts";
import { quotient } from "../../go/int64.ts";
import { scaledLabel } from "../../go/units.ts";
import { frameNodes, partsOf } from "../../graph/nodes.ts";
import { labelsOf } from "../../stack/labels.ts";
import type { World } from "../../world/world.ts";
import type { Body } from "../body.ts";
import { profileLegend } from "../legend.ts";
import { formatIn } from "../measure.ts";
import { PieceWriter } from "../piece-writer.ts";

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
    return { name: table.printable(node), inline: frame !== last };
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
  return { chunks: tracePieces(analysis, world) };
}

/** Stands where a sample's value would. */
const INDENT = " ".repeat(13);
/** How many different values' and labels' texts are remembered. */
const MOST_TEXTS = 10_000;

function* tracePieces(analysis: Analysis, world: World): Iterable<Uint8Array> {
  const { selection, options, values, labelUnits } = analysis;
  const { profile, stackStart, stackEnd, hiddenLabels } = selection;
  const format = formatIn(analysis, options.unit);
  const { texts, start } = locationLines(analysis);
  const writer = new PieceWriter(texts);
  writer.text(`${profileLegend(analysis, format, world).join("\n")}\n`);
  const stacks = profile.samples.locations;
  const sizeOf = remembered((value: number) => `${padLeft(format(value), 10)}   `);
  const labelsAt = remembered((_: string, sample: number) => {
    const { text, numbers } = labelsOf(profile, sample, hiddenLabels);
    const written = labelLines(numbers, ({ values }, key) =>
      values.map((value) => scaledLabel(Number(value), labelUnits.get(key) ?? "", "auto")),
    );
    return labelLines(text, (values) => values) + written;
  });
  for (const sample of selection.samples) {
    const end = stackEnd[sample]!;
    let at = stackStart[sample]!;
    while (at < end && start[stacks[at]!] === start[stacks[at]! + 1]) at++;
    if (at === end) continue;
    const labels = labelsAt(labelKey(profile, sample), sample);
    writer.text(SEPARATOR + labels + sizeOf(quotient(values.values, values.divisors, sample), sample));
    writer.copy(start[stacks[at]!]! + INDENT.length, start[stacks[at]! + 1]!);
    while (++at < end) writer.copy(start[stacks[at]!]!, start[stacks[at]! + 1]!);
    if (writer.full.length > 0) yield* writer.full.splice(0);
  }
  writer.text(SEPARATOR);
  writer.finish();
  yield* writer.full;
}

/** What `make` gives, made once for each of the first keys. */
function remembered<K>(make: (key: K, sample: number) => string): (key: K, sample: number) => string {
  const known = new Map<K, string>();
  return (key, sample) => {
    let text = known.get(key);
    if (text === undefined) {
      text = make(key, sample);
      if (known.size < MOST_TEXTS) known.set(key, text);
    }
    return text;
  };
}

/** The same for samples with the same labels. */
function labelKey({ samples: { labelStart, labels } }: Profile, sample: number): string {
  let key = "";
  for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++) {
    key += `${labels.key[label]} ${labels.str[label]} ${labels.num[label]} ${labels.numUnit[label]},`;
  }
  return key;
}

/** The lines that each location is in a stack that it does not begin, one after the other; none for a hidden one. */
function locationLines({ selection, options }: Analysis): { texts: Uint8Array; start: Uint32Array } {
  const { frames } = selection;
  const parts = partsOf(options.granularity, options.noinlines, options.showcolumns, false);
  const { table, nodeOf } = frameNodes(selection, parts, undefined);
  const locations = frames.start.length - 1;
  const start = new Uint32Array(locations + 1);
  const pieces: Uint8Array[] = [];
  for (let location = 0; location < locations; location++) {
    const end = frames.start[location + 1]!;
    let text = "";
    for (let frame = frames.start[location]!; frame < end; frame++) {
      text += `${INDENT}${table.printable(nodeOf[frame]!)}${frame < end - 1 ? " (inline)\n" : "\n"}`;
    }
    const bytes = encoder.encode(text);
    pieces.push(bytes);
    start[location + 1] = start[location]! + bytes.length;
  }
  const texts = new Uint8Array(start[locations]!);
  pieces.forEach((bytes, location) => {
    texts.set(bytes, start[location]);
  });
  return { texts, start };
}

const encoder = new TextEncoder();

function labelLines<T>(labels: ReadonlyMap<string, T>, write: (values: T, key: string) => readonly string[]): string {
  return [...labels]
    .map(([key, values]) => `${padLeft(key, 10)}:  ${write(values, key).join(" ")}\n`)
    .sort(compareText)
    .join("");
}
