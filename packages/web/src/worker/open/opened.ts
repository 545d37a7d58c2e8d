import { type Profile, ProfileError, readProfile } from "@pprof-ts/profile";
import {
  type Analysis,
  analyze,
  defaultOptions,
  localZone,
  type Options,
  outputRow,
  ProfileIndex,
  parseTimeRange,
  sampleIndexOf,
  type World,
  withOverrides,
  withQuery,
} from "@pprof-ts/report";
import type { Query } from "../../session/address/state.ts";
import type { ProfileSource, Side, Summary, Unread } from "../../session/protocol.ts";
import { typeKey } from "../../session/sample-type.ts";
import { foldingOf } from "../code/folding.ts";
import { arriving, type Tell } from "./arriving.ts";
import { inflating } from "./inflate.ts";
import { heapAlone } from "./process-memory.ts";
import { type NamedProfile, type Sides, shownOf, sidesOf } from "./sides.ts";
import { packedSources, type Sources, servedSources } from "./sources.ts";
import { summaryOf } from "./summary.ts";
import { inRange } from "./timeline.ts";

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
  #sources: Sources | undefined;
  readonly #indexes = new WeakMap<Profile, ProfileIndex>();
  readonly #tell: Tell;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Opens a profile in place of all that is open. */
  async open(source: ProfileSource): Promise<Summary | Unread> {
    const served = "url" in source && source.options !== undefined ? source : undefined;
    const read = await readFrom(source, this.#tell, true);
    if ("unread" in read) return read;
    const { index, bytes, odd } = read;
    this.#profile = index.profile;
    this.#indexes.set(index.profile, index);
    this.#sides = sidesOf(source.name, index.profile);
    this.#bytes = bytes;
    this.#odd = odd;
    this.#servedAt = served?.url;
    this.#options = { ...defaultOptions, ...served?.options };
    this.#sources = await sourcesOf(source);
    this.#world = { zone: localZone, ...(this.#sources && { readSource: this.#sources.read }) };
    return this.#summary(index.profile);
  }

  async compare({ source, side }: { readonly source: ProfileSource; readonly side: Side }): Promise<Summary> {
    const read = await readFrom(source, this.#tell);
    if ("unread" in read) throw new Error(read.unread);
    const { index, odd } = read;
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

  /** Where the profile came from, beside which there is assembly; undefined for a file. */
  get servedAt(): string | undefined {
    return this.#servedAt;
  }

  /** Where sources are; undefined for a file alone. */
  get sources(): Sources | undefined {
    return this.#sources;
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
    // What a profile says of itself is whole.
    const part = output === "raw" ? this.profile : partOf(this.profile, query);
    const index = this.#folded(part, query);
    return analyze(index, { ...withOverrides(outputRow(output)!, { ...this.optionsOf(query), ...more }) }, argument);
  }

  /** The profiles of a side of a comparison, each for itself. */
  sideOf(side: Side, query: Query): readonly Profile[] {
    return this.#sides[side].map(({ profile }) => this.#folded(partOf(profile, query), query).profile);
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
    this.#type = isUsual ? "" : typeKey(summary.sampleTypes, summary.defaultType);
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

function sourcesOf(source: ProfileSource): Promise<Sources> | Sources | undefined {
  if ("url" in source) return source.options === undefined ? undefined : servedSources(source.url);
  return source.sources === undefined ? undefined : packedSources(source.sources);
}

/** The part of a profile that the address keeps to. */
function partOf(profile: Profile, { time, mem }: Query): Profile {
  const part = mem === "all" ? profile : (heapAlone(profile)?.profile ?? profile);
  return time ? inRange(part, parseTimeRange(time)) : part;
}

interface ReadProfile {
  readonly index: ProfileIndex;
  readonly bytes: number;
  /** What could not be read and is left out, a sentence each. */
  readonly odd: readonly string[];
}

/** `givesBack`: what is no profile is not an error, but all that has arrived. */
async function readFrom(source: ProfileSource, tell: Tell, givesBack = false): Promise<ReadProfile | Unread> {
  const { bytes, size, kept } = await arriving(source, tell);
  const odd: string[] = [];
  const warn = (sentence: string): void => {
    odd.push(`${source.name}: ${sentence}`);
  };
  const packed = bytes instanceof Uint8Array ? inflating(bytes, source.name, tell) : {};
  try {
    const profile = await readProfile(bytes, { timestamps: true, sharesStacks: true, warn, ...packed });
    return { index: new ProfileIndex(profile), bytes: size(), odd };
  } catch (error) {
    if (!givesBack || !(error instanceof ProfileError)) throw error;
    return { unread: error.message, bytes: await kept() };
  }
}
