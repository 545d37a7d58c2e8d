import { BASE_LABEL, type Profile, readProfile } from "@pprof-ts/profile";
import {
  type Analysis,
  analyze,
  chunkText,
  compilePattern,
  defaultOptions,
  diffProfiles,
  formatIn,
  labelTotals,
  listings,
  localZone,
  MergedStacks,
  type Options,
  outputRow,
  ProfileIndex,
  parseTimeRange,
  profileLegend,
  sampleIndexOf,
  top,
  tree,
  type World,
  withOverrides,
  withQuery,
} from "@pprof-ts/report";
import { exactly } from "../session/exact-name.ts";
import {
  type CallGraph,
  type ProfileSource,
  type Questions,
  type Reported,
  type ShownSymbol,
  type Side,
  type Summary,
  TIMESTAMP,
} from "../session/protocol.ts";
import type { Query } from "../session/state.ts";
import { inflating } from "./open/inflate.ts";
import { type NamedProfile, type Sides, shownOf, sidesOf } from "./open/sides.ts";
import { inRange } from "./open/timeline.ts";
import { flamePicture, matching, type ShownFrames } from "./picture/flame-answer.ts";
import { PictureFrames } from "./picture/frame-columns.ts";
import { labelShades } from "./picture/label-shades.ts";
import { timePicture } from "./picture/time-answer.ts";

/** Answers may take their time. */
export type Answers = {
  readonly [N in keyof Questions]: (
    argument: Parameters<Questions[N]>[0],
  ) => ReturnType<Questions[N]> | Promise<ReturnType<Questions[N]>>;
};

/** So many functions' sources are shown where none are asked for. */
const SOURCES = 20;
/** Longer texts are cut: nobody reads them on a page. */
const LONGEST_TEXT = 1_000_000;

/** Answers about one profile after another: the worker's side of the pages. */
export function answers(): Answers {
  let profile: Profile | undefined;
  let sides: Sides = { old: [], fresh: [] };
  let bytes = 0;
  let base = defaultOptions;
  let world: World = { zone: localZone };
  let shown: ShownFrames | undefined;
  /** Where the profile came from, beside which there are sources and assembly. */
  let servedAt: string | undefined;
  const frames = new PictureFrames();
  const indexes = new WeakMap<Profile, ProfileIndex>();
  const indexOf = (of: Profile): ProfileIndex => {
    const known = indexes.get(of) ?? new ProfileIndex(of);
    indexes.set(of, known);
    return known;
  };
  const analysisOf = (output: string, query: Query, argument?: string, more: Partial<Options> = {}): Analysis => {
    if (profile === undefined) throw new Error("no profile is open");
    return analyze(
      indexOf(inTime(profile, query)),
      { ...withOverrides(outputRow(output)!, { ...withQuery(query, base), ...more }) },
      argument,
    );
  };
  return {
    async open(source) {
      const isServed = "url" in source;
      const read = await readFrom(source);
      profile = read.index.profile;
      indexes.set(profile, read.index);
      sides = sidesOf(source.name, profile);
      bytes = read.bytes;
      servedAt = isServed ? source.url : undefined;
      base = { ...defaultOptions, ...(isServed ? source.options : {}) };
      world = { zone: localZone, ...(isServed ? { readSource: sourceReader(source.url) } : {}) };
      return summaryOf(profile, sides, bytes);
    },

    async compare({ source, side }) {
      const added = { name: source.name, profile: (await readFrom(source)).index.profile };
      return changeSide(side, (before) => [...before, added]);
    },

    leaveOut({ side, row }) {
      return changeSide(side, (before) => before.filter((_, i) => i !== row));
    },

    legend() {
      const analysis = analysisOf("text", {});
      return profileLegend(analysis, formatIn(analysis, "auto"), world);
    },

    flame(query) {
      const picture = flamePicture(analysisOf("tree", query, undefined, { trim: false }), query, frames);
      shown = picture;
      return picture.picture;
    },

    shades({ query, key }) {
      return labelShades(analysisOf("tree", query, undefined, { trim: false }), query, key, frames);
    },

    match(text) {
      if (shown === undefined) throw new Error("there is no picture to search");
      // Capitals are meant where there are any.
      return matching(shown, compilePattern(/[A-Z]/.test(text) ? text : `(?i)${text}`));
    },

    time(query) {
      const analysis = analysisOf("tree", query, undefined, { trim: false });
      const picture = timePicture(analysis, profile!, query, frames);
      shown = picture;
      return picture.picture;
    },

    changes(query) {
      const of = (side: Side): Profile[] => sides[side].map((named) => inTime(named.profile, query));
      const diff = diffProfiles(of("old"), of("fresh"), withQuery(query, base));
      return { ...reported(analysisOf("top", query)), ...diff };
    },

    top(query) {
      const analysis = analysisOf("top", query, undefined, query.n || query.nf ? {} : { trim: false });
      const { legend, rows } = top(analysis, world);
      return { ...reported(analysis), legend, rows };
    },

    calls({ query, name }) {
      const analysis = analysisOf("peek", query, exactly(name));
      return { ...reported(analysis), rows: tree(analysis, world).rows };
    },

    peek(query) {
      const analysis = analysisOf("peek", query, query.f || undefined);
      return { ...reported(analysis), rows: tree(analysis, world).rows.slice(0, 200) };
    },

    source(query) {
      const wanted = query.f || mostExpensive(analysisOf("top", query));
      const analysis = analysisOf("list", query, wanted);
      return {
        ...reported(analysis),
        listings: listings(analysis, world).slice(0, 50),
        readsFiles: world.readSource !== undefined,
      };
    },

    async disasm(query) {
      const why =
        servedAt === undefined
          ? "Assembly is read from the binaries beside a profile: open it with pprof -http where they are."
          : sides.old.length > 0
            ? "A comparison has no assembly: open one of the profiles alone."
            : undefined;
      if (why !== undefined) throw new Error(why);
      const url = new URL(servedAt!);
      const recording = url.searchParams.get("recording") ?? "0";
      const address = new URL(`./disassembly?${new URLSearchParams({ ...query, recording })}`, url);
      const response = await fetch(address);
      if (!response.ok) {
        const why = (await response.text()).trim();
        // All that was sampled was asked for: then there is nothing to read it from.
        const isMissing = !query.f && why.startsWith("no matches");
        throw new Error(
          isMissing
            ? "No binary that the profile names is on this machine: PPROF_BINARY_PATH says where to look."
            : why,
        );
      }
      return { ...reported(analysisOf("disasm", query)), symbols: (await response.json()) as ShownSymbol[] };
    },

    dot(query) {
      const hidden = query.ts || query.th || profile === undefined ? [] : constantLabels(profile);
      const more = hidden.length === 0 ? {} : { taghide: hidden.map(exactly).join("|") };
      const analysis = analysisOf("dot", query, undefined, more);
      // Nobody asked for that filter: the picture does not name it.
      const options = { ...analysis.options, taghide: query.th ?? "" };
      return { ...reported(analysis), text: outputRow("dot")!.print({ ...analysis, options }, world) as string };
    },

    graph(query) {
      const analysis = analysisOf("dot", query);
      const { nodes, edges } = outputRow("dot")!.data!(analysis, world) as unknown as CallGraph;
      // There, ends count from 1.
      const calls = edges.map((edge) => ({ ...edge, source: edge.source - 1, target: edge.target - 1 }));
      return { ...reported(analysis), nodes, edges: calls };
    },

    tags(query) {
      const analysis = analysisOf("tags", query);
      const keys = labelTotals(analysis).map(({ key, total, values }) => ({
        key,
        total: Number(total),
        values: values.map(({ name, value, range }) => ({ name, value: Number(value), range })),
      }));
      return { ...reported(analysis), keys };
    },

    text({ output, query }) {
      const analysis = analysisOf(output, query, outputRow(output)!.takesRegexp ? query.f || "." : undefined);
      const body = outputRow(output)!.print(analysis, world);
      let text = "";
      for (const chunk of typeof body === "object" && "chunks" in body ? body.chunks : [String(body)]) {
        text += chunkText(chunk);
        if (text.length > LONGEST_TEXT) break;
      }
      return { ...reported(analysis), text: text.slice(0, LONGEST_TEXT), isCut: text.length > LONGEST_TEXT };
    },
  };

  function changeSide(side: Side, change: (before: readonly NamedProfile[]) => readonly NamedProfile[]): Summary {
    if (profile === undefined) throw new Error("no profile is open");
    const changed = { ...sides, [side]: change(sides[side]) };
    if (changed.fresh.length === 0) throw new Error("the last profile cannot be left out: open another one instead");
    profile = shownOf(changed);
    sides = changed;
    return summaryOf(profile, sides, bytes);
  }

  function mostExpensive(analysis: Analysis): string {
    const { rows } = top(analysis, world);
    return rows.length === 0
      ? "."
      : rows
          .slice(0, SOURCES)
          .map(({ name }) => exactly(name))
          .join("|");
  }
}

/** The part of a profile that the address keeps to. */
function inTime(profile: Profile, { time }: Query): Profile {
  return time ? inRange(profile, parseTimeRange(time)) : profile;
}

function reported({ sampleType, options, total, messages }: Analysis): Reported {
  return {
    type: sampleType.type,
    unit: sampleType.unit,
    shownUnit: options.unit === "minimum" ? "auto" : options.unit,
    total: Number(total),
    warnings: messages,
  };
}

async function readFrom(source: ProfileSource): Promise<{ readonly index: ProfileIndex; readonly bytes: number }> {
  const bytes = new Uint8Array("url" in source ? await download(source.url) : source.bytes);
  const stacks = new MergedStacks();
  const profile = await readProfile(bytes, { timestamps: true, stacks, ...inflating(bytes) });
  return { index: new ProfileIndex(profile, true, stacks.paths), bytes: bytes.length };
}

async function download(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

/** Reads sources from beside the profile, where the server finds them. Reports read as they go, and a worker may wait. */
function sourceReader(profileUrl: string): (path: string) => string | undefined {
  return (path) => {
    const request = new XMLHttpRequest();
    request.open("GET", new URL(`./file?${new URLSearchParams({ path })}`, profileUrl), false);
    request.send();
    return request.status === 200 ? request.responseText : undefined;
  };
}

function summaryOf(profile: Profile, { old, fresh }: Sides, bytes: number): Summary {
  const labels = labelKeys(profile);
  return {
    sampleTypes: profile.sampleTypes,
    defaultType: sampleIndexOf(profile, ""),
    samples: profile.samples.length,
    bytes,
    hasCode: hasCode(profile),
    hasTime: labels.includes(TIMESTAMP),
    labels: labels.filter((key) => key !== TIMESTAMP && key !== BASE_LABEL).sort(),
    old: old.map(({ name }) => name),
    fresh: fresh.map(({ name }) => name),
  };
}

/** The keys whose one value stands on every sample that has the key: no news in a picture. */
function constantLabels({ samples, strings }: Profile): readonly string[] {
  const { key, str } = samples.labels;
  const values = new Map<number, number | undefined>();
  for (let label = 0; label < key.length; label++) {
    const of = key[label]!;
    // A number is no text, row 0 being none.
    if (str[label] === 0) continue;
    values.set(of, values.has(of) && values.get(of) !== str[label] ? undefined : str[label]);
  }
  return [...values].flatMap(([of, value]) => (value === undefined ? [] : [strings.get(of)]));
}

function labelKeys({ samples, strings }: Profile): readonly string[] {
  const isKey = new Uint8Array(strings.length);
  for (const key of samples.labels.key) isKey[key] = 1;
  return [...isKey.keys()].filter((row) => isKey[row] === 1).map((row) => strings.get(row));
}

/** JavaScript has no addresses: those in its profiles are made up. */
const SCRIPT = /\.[cm]?[jt]sx?$/;

function hasCode({ locations, mappings, strings }: Profile): boolean {
  if (mappings.filename.some((row) => SCRIPT.test(strings.get(row)))) return false;
  return locations.address.some((address, row) => address > 0n && mappings.filename[locations.mapping[row]!]! > 0);
}
