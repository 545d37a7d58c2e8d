import { type Profile, toNumbers } from "@pprof-ts/profile";
import { cleanPath, sampleIndexOf, trimSourcePath } from "@pprof-ts/report";
import type { PageSources } from "./page-sources.ts";

/** The sources that stand in a page: nothing in it says where they were on the machine that wrote it. */
export interface PackedSources {
  readonly sources: readonly (PackedSource | { readonly why: string })[];
  /** Which of them a report means by a path. */
  readonly paths: Readonly<Record<string, number>>;
}

interface PackedSource {
  readonly text: string;
  /** When it was changed last, in milliseconds since 1970; null where nobody knows. */
  readonly changed: number | null;
}

/** So many characters of source a page has room for: what ten programs were written in, and a second more to send. */
const MOST = 16 * 2 ** 20;

/** Why a source is not in a page, by what the page says of it. */
const LEFT_OUT = {
  missing: "no file of this name was found where this page was written",
  refused: "the file is of a kind, or in a place, that pages show no sources from; what wrote this page said more",
  full: "there is no room for it: the sources of more expensive functions fill this page",
} as const;

/** What is in a page and what is not, and why the tool did not give a file that is there. */
interface Packed {
  readonly packed: PackedSources;
  /** How many sources are in it, of how many characters, and how many are left out for each reason. */
  readonly count: number;
  readonly size: number;
  readonly left: Readonly<Record<keyof typeof LEFT_OUT, number>>;
  readonly refusals: readonly string[];
}

/** Packs the sources that a profile names, those of the most expensive functions first, until `most` characters are packed. */
export function packSources(profile: Profile, { readSource, placeOf }: PageSources, most: number = MOST): Packed {
  const sources: (PackedSource | { readonly why: string })[] = [];
  const paths: Record<string, number> = Object.create(null);
  const left = { missing: 0, refused: 0, full: 0 };
  const refusals: string[] = [];
  let size = 0;
  const pack = (path: string): PackedSource | keyof typeof LEFT_OUT => {
    const text = readSource(path);
    if (text === undefined) return "missing";
    if (typeof text !== "string") {
      refusals.push(text.refused);
      return "refused";
    }
    if (size + text.length > most) return "full";
    size += text.length;
    return { text, changed: placeOf(path)?.changed.getTime() ?? null };
  };
  for (const path of filesByCost(profile)) {
    const source = pack(path);
    const number = sources.push(typeof source === "string" ? { why: LEFT_OUT[source] } : source) - 1;
    if (typeof source === "string") left[source]++;
    // A report cuts what all paths begin with, and has no directory but the root in a browser.
    const shown = cleanPath(trimSourcePath(path, "", ""));
    for (const name of [path, shown, `/${path}`, `/${shown}`]) paths[name] ??= number;
  }
  const count = sources.length - left.missing - left.refused - left.full;
  return { packed: { sources, paths }, count, size, left, refusals };
}

/** What is said on the terminal of the sources in a page. */
export function packedSentences({ count, size, left, refusals }: Packed): readonly string[] {
  const out = [
    left.missing > 0 && `${left.missing} not found`,
    left.refused > 0 && `${left.refused} that no page may show`,
    left.full > 0 && `${left.full} for which there is no room`,
  ].filter((part) => part !== false);
  const megabytes = (size / 1e6).toFixed(1);
  return [
    `Sources in it: ${count} (${megabytes} MB)${out.length > 0 ? `; left out: ${out.join(", ")}` : ""}`,
    ...refusals.slice(0, SHOWN_REFUSALS),
  ];
}

const SHOWN_REFUSALS = 3;

/** The files that the functions of a profile are in, those through which most of it goes first. */
function filesByCost(profile: Profile): readonly string[] {
  const { samples, locations, functions, strings } = profile;
  const values = toNumbers(samples.values[sampleIndexOf(profile, "")]!);
  const cost = new Float64Array(locations.length);
  for (let sample = 0; sample < samples.length; sample++) {
    const value = Math.abs(values[sample]!);
    const end = samples.locationStart[sample + 1]!;
    for (let at = samples.locationStart[sample]!; at < end; at++) cost[samples.locations[at]!]! += value;
  }
  const costs = new Map<number, number>();
  for (let location = 0; location < locations.length; location++) {
    const end = locations.lineStart[location + 1]!;
    for (let line = locations.lineStart[location]!; line < end; line++) {
      const fn = locations.lines.function[line]!;
      const file = fn < 0 ? 0 : functions.filename[fn]!;
      if (file !== 0) costs.set(file, (costs.get(file) ?? 0) + cost[location]!);
    }
  }
  return [...costs].sort((a, b) => b[1] - a[1]).map(([file]) => strings.get(file));
}
