import { type Profile, readProfile } from "@pprof-ts/profile";
import {
  type Analysis,
  analyze,
  defaultOptions,
  localZone,
  MergedStacks,
  type Options,
  outputRow,
  ProfileIndex,
  parseTimeRange,
  sampleIndexOf,
  type World,
  withOverrides,
  withQuery,
} from "@pprof-ts/report";
import type { ProfileSource, Side, Summary } from "../../session/protocol.ts";
import type { Query } from "../../session/state.ts";
import { foldingOf } from "../code/folding.ts";
import { inflating } from "./inflate.ts";
import { type NamedProfile, type Sides, shownOf, sidesOf } from "./sides.ts";
import { summaryOf } from "./summary.ts";
import { inRange } from "./timeline.ts";

/** What the server says of a source that it read. */
export interface SourceNote {
  /** Its path on the server's machine; "" for one that stands in a source map. */
  readonly place: string;
  /** When it was changed last, in milliseconds since 1970; NaN where nobody knows. */
  readonly changed: number;
}

/** The header that says where a source is. */
const PLACE = "source-place";

/** What is open, one profile after another or several compared, and the analyses of it. */
export class Opened {
  #profile: Profile | undefined;
  #sides: Sides = { old: [], fresh: [] };
  #bytes = 0;
  /** What was left out of the files that are open. */
  #odd: readonly string[] = [];
  #type = "";
  #options: Options = defaultOptions;
  #world: World = { zone: localZone };
  #servedAt: string | undefined;
  /** Why sources that are there are not given, by path. */
  readonly #refusals = new Map<string, string>();
  readonly #notes = new Map<string, SourceNote>();
  readonly #looked = new Map<string, readonly string[]>();
  readonly #indexes = new WeakMap<Profile, ProfileIndex>();

  /** Opens a profile in place of all that is open. */
  async open(source: ProfileSource): Promise<Summary> {
    const isServed = "url" in source;
    const { index, bytes, odd } = await readFrom(source);
    this.#profile = index.profile;
    this.#indexes.set(index.profile, index);
    this.#sides = sidesOf(source.name, index.profile);
    this.#bytes = bytes;
    this.#odd = odd;
    this.#servedAt = isServed ? source.url : undefined;
    this.#options = { ...defaultOptions, ...(isServed ? source.options : {}) };
    this.#world = {
      zone: localZone,
      ...(isServed
        ? {
            readSource: sourceReader(source.url, {
              refusals: this.#refusals,
              notes: this.#notes,
              looked: this.#looked,
            }),
          }
        : {}),
    };
    return this.#summary(index.profile);
  }

  async compare({ source, side }: { readonly source: ProfileSource; readonly side: Side }): Promise<Summary> {
    const { index, odd } = await readFrom(source);
    const added = { name: source.name, profile: index.profile };
    this.#odd = [...this.#odd, ...odd];
    return this.#changeSide(side, (before) => [...before, added]);
  }

  leaveOut({ side, row }: { readonly side: Side; readonly row: number }): Summary {
    return this.#changeSide(side, (before) => before.filter((_, i) => i !== row));
  }

  /** The profile that pages show: of a comparison, what changed. */
  get profile(): Profile {
    if (this.#profile === undefined) throw new Error("no profile is open");
    return this.#profile;
  }

  /** The sample type that is shown where the address names none; "" for the profile's own choice. */
  get type(): string {
    return this.#options.sample_index || this.#type;
  }

  /** Where the profile came from, beside which there are sources and assembly; undefined for a file. */
  get servedAt(): string | undefined {
    return this.#servedAt;
  }

  /** Why the server does not give a source that is there; undefined where it does, or has none. */
  refusalOf(path: string): string | undefined {
    // Below the root there is no other directory in a browser.
    return this.#refusals.get(path) ?? this.#refusals.get(`/${path}`);
  }

  /** Where the server looked for a source that it did not find. */
  lookedFor(path: string): readonly string[] {
    return this.#looked.get(path) ?? this.#looked.get(`/${path}`) ?? [];
  }

  /** What the server says of a source that it read: where it is, and since when it is as it is. */
  sourceOf(path: string): SourceNote | undefined {
    return this.#notes.get(path) ?? this.#notes.get(`/${path}`);
  }

  /** The path of a source on this machine; "" where the server does not find it, or there is none. */
  async placeOf(path: string): Promise<string> {
    if (this.#servedAt === undefined) return "";
    const url = new URL(`./file?${new URLSearchParams({ path })}`, this.#servedAt);
    const { ok, headers } = await fetch(url, { method: "HEAD" });
    return ok ? decodeURI(headers.get(PLACE) ?? "") : "";
  }

  get isCompared(): boolean {
    return this.#sides.old.length > 0;
  }

  get world(): World {
    return this.#world;
  }

  /** The options of an address, on top of those of the tool that serves the profile. */
  optionsOf(query: Query): Options {
    return withQuery(query, { ...this.#options, sample_index: this.type });
  }

  /** The analysis for an output of the tool, with an argument as a command of its shell takes one, and `more` options. */
  analysis(output: string, query: Query, argument?: string, more: Partial<Options> = {}): Analysis {
    const index = this.#folded(inTime(this.profile, query), query);
    return analyze(index, { ...withOverrides(outputRow(output)!, { ...this.optionsOf(query), ...more }) }, argument);
  }

  /** The profiles of a side of a comparison, each for itself. */
  sideOf(side: Side, query: Query): readonly Profile[] {
    return this.#sides[side].map(({ profile }) => this.#folded(inTime(profile, query), query).profile);
  }

  /** A profile with those frames folded that the address has folded. */
  #folded(profile: Profile, query: Query): ProfileIndex {
    const index = this.#indexOf(profile);
    const folding = foldingOf(query);
    return folding === undefined ? index : index.withFoldedFrames(folding.key, folding.of(profile));
  }

  #indexOf(profile: Profile): ProfileIndex {
    const index = this.#indexes.get(profile) ?? new ProfileIndex(profile);
    this.#indexes.set(profile, index);
    return index;
  }

  #summary(profile: Profile): Summary {
    const summary = summaryOf(profile, this.#sides, this.#bytes, this.#odd);
    // By its name: profiles that are compared may each have it in another place, and another usual one.
    const isUsual = !this.isCompared && summary.defaultType === sampleIndexOf(profile, "");
    this.#type = isUsual ? "" : summary.sampleTypes[summary.defaultType]!.type;
    return summary;
  }

  #changeSide(side: Side, change: (before: readonly NamedProfile[]) => readonly NamedProfile[]): Summary {
    if (this.#profile === undefined) throw new Error("no profile is open");
    const changed = { ...this.#sides, [side]: change(this.#sides[side]) };
    if (changed.fresh.length === 0) throw new Error("the last profile cannot be left out: open another one instead");
    this.#profile = shownOf(changed);
    this.#sides = changed;
    return this.#summary(this.#profile);
  }
}

/** The part of a profile that the address keeps to. */
function inTime(profile: Profile, { time }: Query): Profile {
  return time ? inRange(profile, parseTimeRange(time)) : profile;
}

interface ReadProfile {
  readonly index: ProfileIndex;
  readonly bytes: number;
  /** What could not be read and is left out, a sentence each. */
  readonly odd: readonly string[];
}

async function readFrom(source: ProfileSource): Promise<ReadProfile> {
  const bytes = new Uint8Array("url" in source ? await download(source.url) : source.bytes);
  const stacks = new MergedStacks();
  const odd: string[] = [];
  const warn = (sentence: string): void => {
    odd.push(`${source.name}: ${sentence}`);
  };
  const profile = await readProfile(bytes, { timestamps: true, stacks, warn, ...inflating(bytes) });
  return { index: new ProfileIndex(profile, true, stacks.paths), bytes: bytes.length, odd };
}

async function download(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error((await response.text()).trim() || `${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

/** What the server answers of sources, by their paths. */
interface SourceAnswers {
  readonly refusals: Map<string, string>;
  readonly notes: Map<string, SourceNote>;
  readonly looked: Map<string, readonly string[]>;
}

/** Reads sources from beside the profile, where the server finds them. Reports read as they go, and a worker may wait. */
function sourceReader(
  profileUrl: string,
  { refusals, notes, looked }: SourceAnswers,
): (path: string) => string | undefined {
  return (path) => {
    const request = new XMLHttpRequest();
    request.open("GET", new URL(`./file?${new URLSearchParams({ path })}`, profileUrl), false);
    request.send();
    const { status, responseText } = request;
    if (status === 403) refusals.set(path, responseText);
    if (status === 404) looked.set(path, responseText.split("\n").slice(1));
    if (status !== 200) return undefined;
    const changed = Date.parse(request.getResponseHeader("last-modified") ?? "");
    notes.set(path, { place: decodeURI(request.getResponseHeader(PLACE) ?? ""), changed });
    return responseText;
  };
}
