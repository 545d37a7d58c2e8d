import type { Profile } from "@pprof-ts/profile";
import type { Analysis } from "../../analyze.ts";
import { labelsOf } from "../../stack/labels.ts";
import { materialize } from "../../stack/materialize.ts";
import type { JsonData } from "./json.ts";

const SHOW_ALL: ReadonlySet<number> = new Set();

/** All that filters leave of a profile, as lists that refer to each other by id. */
export function wholeData({ selection }: Analysis): JsonData {
  const profile = materialize(selection);
  return {
    comments: profile.comments,
    period: profile.period,
    periodType: profile.periodType,
    samples: samples(profile),
    locations: locations(profile),
    functions: functions(profile),
    mappings: mappings(profile),
  };
}

function* samples(profile: Profile): Iterable<unknown> {
  const { samples, locations } = profile;
  for (let row = 0; row < samples.length; row++) {
    const stack = samples.locations.subarray(samples.locationStart[row]!, samples.locationStart[row + 1]!);
    const { text, numbers } = labelsOf(profile, row, SHOW_ALL);
    yield {
      values: samples.values.map((column) => column[row]!),
      locations: Array.from(stack, (location) => locations.id[location]!),
      labels: text,
      numbers,
    };
  }
}

function* locations({ locations, mappings, functions }: Profile): Iterable<unknown> {
  const { lines, lineStart } = locations;
  for (let row = 0; row < locations.length; row++) {
    const mapping = locations.mapping[row]!;
    const of = Array.from({ length: lineStart[row + 1]! - lineStart[row]! }, (_, i) => lineStart[row]! + i);
    yield {
      id: locations.id[row],
      mapping: mapping < 0 ? 0n : mappings.id[mapping],
      address: `0x${locations.address[row]!.toString(16)}`,
      lines: of.map((line) => ({
        function: lines.function[line]! < 0 ? 0n : functions.id[lines.function[line]!],
        line: lines.line[line],
        column: lines.column[line],
      })),
    };
  }
}

function* functions({ functions, strings }: Profile): Iterable<unknown> {
  for (let row = 0; row < functions.length; row++) {
    yield {
      id: functions.id[row],
      name: strings.get(functions.name[row]!),
      systemName: strings.get(functions.systemName[row]!),
      file: strings.get(functions.filename[row]!),
      startLine: functions.startLine[row],
    };
  }
}

function* mappings({ mappings, strings }: Profile): Iterable<unknown> {
  for (let row = 0; row < mappings.length; row++) {
    yield {
      id: mappings.id[row],
      start: `0x${mappings.start[row]!.toString(16)}`,
      limit: `0x${mappings.limit[row]!.toString(16)}`,
      offset: `0x${mappings.offset[row]!.toString(16)}`,
      file: strings.get(mappings.filename[row]!),
      buildId: strings.get(mappings.buildId[row]!),
    };
  }
}
