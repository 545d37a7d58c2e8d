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
import { inflating } from "./inflate.ts";
import { type NamedProfile, type Sides, shownOf, sidesOf } from "./sides.ts";
import { summaryOf } from "./summary.ts";
import { inRange } from "./timeline.ts";

/** What is open, one profile after another or several compared, and the analyses of it. */
export class Opened {
  #profile: Profile | undefined;
  #sides: Sides = { old: [], fresh: [] };
  #bytes = 0;
  #type = "";
  #options: Options = defaultOptions;
  #world: World = { zone: localZone };
  #servedAt: string | undefined;
  /** Why sources that are there are not given, by path. */
  readonly #refusals = new Map<string, string>();
  readonly #indexes = new WeakMap<Profile, ProfileIndex>();

  /** Opens a profile in place of all that is open. */
  async open(source: ProfileSource): Promise<Summary> {
    const isServed = "url" in source;
    const { index, bytes } = await readFrom(source);
    this.#profile = index.profile;
    this.#indexes.set(index.profile, index);
    this.#sides = sidesOf(source.name, index.profile);
    this.#bytes = bytes;
    this.#servedAt = isServed ? source.url : undefined;
    this.#options = { ...defaultOptions, ...(isServed ? source.options : {}) };
    this.#world = { zone: localZone, ...(isServed ? { readSource: sourceReader(source.url, this.#refusals) } : {}) };
    return this.#summary(index.profile);
  }

  async compare({ source, side }: { readonly source: ProfileSource; readonly side: Side }): Promise<Summary> {
    const added = { name: source.name, profile: (await readFrom(source)).index.profile };
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
    const index = this.#indexOf(inTime(this.profile, query));
    return analyze(index, { ...withOverrides(outputRow(output)!, { ...this.optionsOf(query), ...more }) }, argument);
  }

  /** The profiles of a side of a comparison, each for itself. */
  sideOf(side: Side, query: Query): readonly Profile[] {
    return this.#sides[side].map(({ profile }) => inTime(profile, query));
  }

  #indexOf(profile: Profile): ProfileIndex {
    const index = this.#indexes.get(profile) ?? new ProfileIndex(profile);
    this.#indexes.set(profile, index);
    return index;
  }

  #summary(profile: Profile): Summary {
    const summary = summaryOf(profile, this.#sides, this.#bytes);
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

async function readFrom(source: ProfileSource): Promise<{ readonly index: ProfileIndex; readonly bytes: number }> {
  const bytes = new Uint8Array("url" in source ? await download(source.url) : source.bytes);
  const stacks = new MergedStacks();
  const profile = await readProfile(bytes, { timestamps: true, stacks, ...inflating(bytes) });
  return { index: new ProfileIndex(profile, true, stacks.paths), bytes: bytes.length };
}

async function download(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error((await response.text()).trim() || `${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

/** Reads sources from beside the profile, where the server finds them. Reports read as they go, and a worker may wait. */
function sourceReader(profileUrl: string, refusals: Map<string, string>): (path: string) => string | undefined {
  return (path) => {
    const request = new XMLHttpRequest();
    request.open("GET", new URL(`./file?${new URLSearchParams({ path })}`, profileUrl), false);
    request.send();
    if (request.status === 403) refusals.set(path, request.responseText);
    return request.status === 200 ? request.responseText : undefined;
  };
}
