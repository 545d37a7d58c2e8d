import { BASE_LABEL, type Profile } from "@pprof-ts/profile";
import { type Folding, foldFrames } from "./filter/fold-frames.ts";
import { addTagFrames } from "./filter/tag-frames.ts";
import { type Int64Column, int64Column } from "./go/int64.ts";
import { type LabelWords, labelWords } from "./stack/label-words.ts";
import { type LabelUnits, labelUnits } from "./stack/labels.ts";
import { type Selection, selectAll } from "./stack/selection.ts";
import { stackPaths } from "./stack/stack-paths.ts";
import type { StackPaths } from "./stack/stack-rows.ts";

/**
 * What is the same in every analysis of a profile, each made when first asked for. Whoever analyses a profile again and
 * again keeps one: filters and sums then go over its stacks merged to paths.
 */
export class ProfileIndex {
  readonly profile: Profile;
  readonly #mergesStacks: boolean;
  readonly #paths: StackPaths | undefined;
  readonly #columns: Map<number, Int64Column>;
  readonly #samples: Uint32Array | undefined;
  #whole: Selection | undefined;
  #labelUnits: LabelUnits | undefined;
  readonly #labels: { labels?: { readonly key: string; readonly words: LabelWords } };
  #base: { readonly samples: Uint8Array | undefined } | undefined;
  #tagged: (TaggedIndex & { readonly key: string }) | undefined;
  #folded: { readonly index: ProfileIndex; readonly key: string } | undefined;

  /**
   * `mergesStacks` is worth its time where a profile is analysed more than once; `paths` are its stacks where they are
   * known, and `like` is of a profile with the same samples but for their stacks.
   */
  constructor(profile: Profile, mergesStacks: boolean = true, paths?: StackPaths, like?: ProfileIndex) {
    this.profile = profile;
    this.#mergesStacks = mergesStacks;
    this.#paths = paths;
    this.#columns = like === undefined ? new Map() : like.#columns;
    this.#samples = like?.whole.samples;
    this.#labels = like === undefined ? {} : like.#labels;
  }

  /** All of the profile. */
  get whole(): Selection {
    if (this.#whole === undefined) {
      const all = selectAll(this.profile, this.#samples);
      this.#whole = this.#mergesStacks ? { ...all, paths: this.#paths ?? stackPaths(all, all.samples) } : all;
    }
    return this.#whole;
  }

  get labelUnits(): LabelUnits {
    this.#labelUnits ??= labelUnits(this.profile);
    return this.#labelUnits;
  }

  /** The samples by their labels without keys in `hidden`; of the last keys that were asked for they are kept. */
  labelWords(hidden: ReadonlySet<number>): LabelWords {
    const key = [...hidden].sort((a, b) => a - b).join();
    const { labels } = this.#labels;
    if (labels?.key === key) return labels.words;
    const words = labelWords(this.profile, hidden);
    this.#labels.labels = { key, words };
    return words;
  }

  /** The values of a sample type. */
  column(type: number): Int64Column {
    let column = this.#columns.get(type);
    if (column === undefined) {
      column = int64Column(this.profile.samples.values[type]!);
      this.#columns.set(type, column);
    }
    return column;
  }

  /** 1 for each sample that belongs to the base of a comparison; undefined where none does. */
  get base(): Uint8Array | undefined {
    this.#base ??= { samples: baseSamples(this.profile) };
    return this.#base.samples;
  }

  /** The profile with frames for labels; the last one asked for is kept. */
  withTagFrames(roots: readonly string[], leaves: readonly string[], unit: string): TaggedIndex {
    const key = JSON.stringify([roots, leaves, unit]);
    if (this.#tagged?.key !== key) {
      const { profile, paths, ...matched } = addTagFrames(this.profile, this.whole.paths, roots, leaves, unit);
      this.#tagged = { key, index: new ProfileIndex(profile, this.#mergesStacks, paths, this), ...matched };
    }
    return this.#tagged;
  }

  /** The profile with frames folded into one another; the last one asked for is kept, `key` being what tells foldings apart. */
  withFoldedFrames(key: string, folding: Folding): ProfileIndex {
    if (this.#folded?.key !== key) {
      const { profile, paths } = foldFrames(
        this.profile,
        this.whole.paths ?? stackPaths(this.whole, this.whole.samples),
        folding,
      );
      this.#folded = { key, index: new ProfileIndex(profile, this.#mergesStacks, paths, this) };
    }
    return this.#folded.index;
  }
}

/** A profile with frames for labels, and whether any sample had one of the keys. */
export interface TaggedIndex {
  readonly index: ProfileIndex;
  readonly rootsMatched: boolean;
  readonly leavesMatched: boolean;
}

function baseSamples({ samples, strings }: Profile): Uint8Array | undefined {
  const { labelStart, labels } = samples;
  if (labels.length === 0) return undefined;
  const key = strings.rowOf(BASE_LABEL);
  const value = strings.rowOf("true");
  if (key < 0 || value < 0) return undefined;
  const base = new Uint8Array(samples.length);
  for (let sample = 0; sample < samples.length; sample++) {
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++) {
      if (labels.key[label] === key && labels.str[label] === value) base[sample] = 1;
    }
  }
  return base;
}
