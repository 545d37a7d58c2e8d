import type { LocationTable, Profile } from "@pprof-ts/profile";
import type { Analysis } from "../../analyze.ts";
import { compareText } from "../../go/format.ts";
import { exactTime, goDuration } from "../../go/time.ts";
import { labelsOf } from "../../stack/labels.ts";
import type { Selection } from "../../stack/selection.ts";
import type { World } from "../../world/world.ts";
import { type Body, inPieces } from "../body.ts";

/** Everything that a profile holds, as text. */
export function printRaw(analysis: Analysis, world: World): Body {
  return { chunks: inPieces(rawTexts(analysis, world)) };
}

function* rawTexts({ selection, options }: Analysis, world: World): Iterable<string> {
  const { profile } = selection;
  yield header(profile, world);
  yield* sampleTexts(selection);
  yield "Locations\n";
  yield* locationTexts(selection, options.noinlines && !options.showcolumns);
  yield "Mappings\n";
  yield mappingTexts(profile, options.noinlines);
}

function header(profile: Profile, world: World): string {
  const lines = profile.comments.map((comment) => `Comment: ${comment}`);
  if (profile.docUrl !== "") lines.push(`Doc: ${profile.docUrl}`);
  const { type = "", unit = "" } = profile.periodType ?? {};
  lines.push(`PeriodType: ${type} ${unit}`);
  lines.push(`Period: ${profile.period}`);
  if (profile.timeNanos !== 0n) lines.push(`Time: ${exactTime(profile.timeNanos, world.zone)}`);
  // Four characters of the duration are all that the reference tool writes.
  if (profile.durationNanos !== 0n) lines.push(`Duration: ${goDuration(profile.durationNanos).slice(0, 4)}`);
  const types = profile.sampleTypes.map(
    ({ type, unit }) => `${type}/${unit}${type === profile.defaultSampleType ? "[dflt]" : ""}`,
  );
  lines.push("Samples:", types.join(" ").trim());
  return `${lines.join("\n")}\n`;
}

const LABEL_INDENT = "                ";

function* sampleTexts({ profile, samples, stackStart, stackEnd, frames, hiddenLabels }: Selection): Iterable<string> {
  const { values, locations: stacks } = profile.samples;
  const ids = Array.from(profile.locations.id, (id) => `${id} `);
  for (const sample of samples) {
    let text = "";
    for (const column of values) text += ` ${String(column[sample]).padStart(10)}`;
    text += ": ";
    for (let at = stackStart[sample]!; at < stackEnd[sample]!; at++) {
      const location = stacks[at]!;
      if (frames.start[location] !== frames.start[location + 1]) text += ids[location]!;
    }
    const { text: labels, numbers } = labelsOf(profile, sample, hiddenLabels);
    const list = (entries: string[]): string => `\n${LABEL_INDENT}${entries.sort(compareText).join(" ")}`;
    if (labels.size > 0) text += list([...labels].map(([key, of]) => `${key}:[${of.join(" ")}]`));
    if (numbers.size > 0) {
      text += list(
        [...numbers].map(([key, { values, units }]) => {
          const texts = values.map((value, i) => (units.length === 0 ? String(value) : `${value} ${units[i]}`));
          return `${key}:[${texts.join(" ")}]`;
        }),
      );
    }
    yield `${text}\n`;
  }
}

function* locationTexts({ profile, frames }: Selection, withoutColumns: boolean): Iterable<string> {
  const { locations, mappings } = profile;
  for (let row = 0; row < locations.length; row++) {
    let start = `${String(locations.id[row]).padStart(6)}: 0x${locations.address[row]!.toString(16)} `;
    const mapping = locations.mapping[row]!;
    if (mapping >= 0) start += `M=${mappings.id[mapping]} `;
    if (locations.isFolded[row] === 1) start += "[F] ";
    let text = "";
    for (let frame = frames.start[row]!; frame < frames.start[row + 1]!; frame++) {
      const line = frames.line[frame]!;
      if (line < 0) continue;
      text += `${text === "" ? start : "             "}${lineText(profile, locations.lines, line, withoutColumns)}\n`;
    }
    yield text === "" ? `${start}\n` : text;
  }
}

function lineText(
  { functions, strings }: Profile,
  lines: LocationTable["lines"],
  row: number,
  withoutColumns: boolean,
): string {
  const fn = lines.function[row]!;
  if (fn < 0) return "??";
  const name = strings.get(functions.name[fn]!);
  const systemName = strings.get(functions.systemName[fn]!);
  const column = withoutColumns ? 0n : lines.column[row];
  const place = `${strings.get(functions.filename[fn]!)}:${lines.line[row]}:${column} s=${functions.startLine[fn]}`;
  return `${name} ${place}${name === systemName ? "" : `(${systemName})`}`;
}

function mappingTexts({ mappings, strings }: Profile, noinlines: boolean): string {
  let text = "";
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  for (let row = 0; row < mappings.length; row++) {
    let flags = mappings.hasFunctions[row] ? "[FN]" : "";
    if (mappings.hasFilenames[row]) flags += "[FL]";
    if (mappings.hasLineNumbers[row]) flags += "[LN]";
    if (mappings.hasInlineFrames[row] && !noinlines) flags += "[IN]";
    const range = `${hex(mappings.start[row]!)}/${hex(mappings.limit[row]!)}/${hex(mappings.offset[row]!)}`;
    const names = `${strings.get(mappings.filename[row]!)} ${strings.get(mappings.buildId[row]!)}`;
    text += `${mappings.id[row]}: ${range} ${names} ${flags}\n`;
  }
  return text;
}
