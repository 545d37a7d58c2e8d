import type { Profile, ValueType } from "@pprof-ts/profile";
import { ReportError } from "./error.ts";
import { filterByName, hideFrames, pruneFrom, showFrom } from "./filter/name-filter.ts";
import { filterByTag, tagFilter } from "./filter/tag-filter.ts";
import { valueAt, wrapAbs } from "./go/int64.ts";
import { compilePattern, optionPattern, type Pattern } from "./go/pattern.ts";
import { countingSamples, type SampleValues } from "./graph/graph.ts";
import { frameNodes, partsOf } from "./graph/nodes.ts";
import type { GraphInput } from "./graph/trim.ts";
import { CountedStacks } from "./graph/walk.ts";
import { checkOptions, type Options } from "./options.ts";
import { ProfileIndex, type TaggedIndex } from "./profile-index.ts";
import type { LabelWords } from "./stack/label-words.ts";
import { hiddenKeys } from "./stack/labels.ts";
import { type Selection, withoutInlined } from "./stack/selection.ts";

/** A profile as seen under some options: what reports are made of. */
export interface Analysis {
  /** The profile, with frames for labels where `tagroot` or `tagleaf` asks for some. */
  readonly profile: Profile;
  readonly options: Options;
  /** The regular expression that the report is about. */
  readonly pattern: Pattern | undefined;
  readonly selection: Selection;
  readonly sampleIndex: number;
  /** What the values are; of a mean it is called `mean_…`. */
  readonly sampleType: ValueType;
  readonly values: SampleValues;
  /** The sum of the sizes of all values, before filters unless `relative_percentages` is set. An int64. */
  readonly total: bigint;
  readonly labelUnits: ReadonlyMap<string, string>;
  /** The samples by those labels that are tags. */
  readonly labelWords: () => LabelWords;
  /** What the reader should know about how this was made, one line each. */
  readonly messages: readonly string[];
}

/** Applies the options to a profile, given alone or with what was kept of analyses before; errors are `ReportError`s. */
export function analyze(of: Profile | ProfileIndex, options: Options, argument?: string): Analysis {
  const given = of instanceof ProfileIndex ? of : new ProfileIndex(of, false);
  const { units, messages: notes } = given.labelUnits;
  const messages = [...notes];
  const index = withTagFrames(given, options, messages);
  const { profile: tagged, whole } = index;
  const filtered = options.relative_percentages ? filter(whole, options, units, messages) : whole;
  const sampleIndex = sampleIndexOf(tagged, options.sample_index);
  const type = tagged.sampleTypes[sampleIndex]!;
  checkOptions(options);
  const pattern = argument === undefined ? undefined : argumentPattern(argument);
  const values: SampleValues = {
    values: index.column(sampleIndex),
    divisors: options.mean ? index.column(0) : undefined,
  };
  const total = totalOf(filtered.samples, index.base, values);
  const selection = options.relative_percentages ? filtered : filter(whole, options, units, messages);
  return {
    profile: tagged,
    options,
    pattern,
    selection: options.noinlines ? withoutInlined(selection) : selection,
    sampleIndex,
    sampleType: options.mean ? { type: `mean_${type.type}`, unit: type.unit } : type,
    values,
    total,
    labelUnits: units,
    labelWords: () => index.labelWords(selection.hiddenLabels),
    messages,
  };
}

function withTagFrames(index: ProfileIndex, options: Options, messages: string[]): ProfileIndex {
  const keys = (list: string): string[] => list.split(",").filter((key) => key !== "");
  const roots = keys(options.tagroot);
  const leaves = keys(options.tagleaf);
  const tagged: TaggedIndex =
    roots.length + leaves.length === 0
      ? { index, rootsMatched: false, leavesMatched: false }
      : index.withTagFrames(roots, leaves, options.unit);
  warn(messages, options.tagroot === "" || tagged.rootsMatched, "TagRoot");
  warn(messages, options.tagleaf === "" || tagged.leavesMatched, "TagLeaf");
  return tagged.index;
}

/** Applies every filter, in the order in which the reference tool does. */
function filter(all: Selection, options: Options, units: ReadonlyMap<string, string>, messages: string[]): Selection {
  const pattern = (name: keyof Options): Pattern | undefined => optionPattern(name, String(options[name]));
  const focus = pattern("focus");
  const ignore = pattern("ignore");
  const hide = pattern("hide");
  const show = pattern("show");
  const from = pattern("show_from");
  const tagfocus = tagFilter("tagfocus", options.tagfocus, units, messages);
  const tagignore = tagFilter("tagignore", options.tagignore, units, messages);
  const prune = pattern("prune_from");

  let selection = all;
  if (focus ?? ignore ?? hide ?? show) {
    const byName = filterByName(selection, focus, ignore);
    const visible = hideFrames(byName.selection, hide, show);
    selection = visible.selection;
    warn(messages, focus === undefined || byName.focused, "Focus");
    warn(messages, ignore === undefined || byName.ignored, "Ignore");
    warn(messages, hide === undefined || visible.hid, "Hide");
    warn(messages, show === undefined || visible.shown, "Show");
  }
  if (from !== undefined) {
    const shown = showFrom(selection, from);
    selection = shown.selection;
    warn(messages, shown.matched, "ShowFrom");
  }
  if (tagfocus ?? tagignore) {
    const byTag = filterByTag(selection, tagfocus, tagignore);
    selection = byTag.selection;
    warn(messages, tagfocus === undefined || byTag.focused, "TagFocus");
    warn(messages, tagignore === undefined || byTag.ignored, "TagIgnore");
  }
  const tagshow = pattern("tagshow");
  const taghide = pattern("taghide");
  if (tagshow ?? taghide) {
    const keys = hiddenKeys(selection.profile, selection.samples, tagshow, taghide);
    selection = { ...selection, hiddenLabels: keys.hidden };
    warn(messages, tagshow === undefined || keys.shown, "TagShow");
    warn(messages, taghide === undefined || keys.hid, "TagHide");
  }
  return prune === undefined ? selection : pruneFrom(selection, prune);
}

function warn(messages: string[], matched: boolean, option: string): void {
  if (!matched) messages.push(`${option} expression matched no samples`);
}

function argumentPattern(argument: string): Pattern {
  try {
    return compilePattern(argument);
  } catch (error) {
    if (error instanceof ReportError) throw new ReportError(`parsing argument regexp ${argument}: ${error.message}`);
    throw error;
  }
}

/** The sample type that this name or number stands for: the default for "", with or without `inuse_` in front. */
export function sampleIndexOf(profile: Profile, name: string): number {
  const types = profile.sampleTypes.map(({ type }) => type);
  if (types.length === 0) throw new ReportError("profile has no samples");
  if (name === "") {
    const wanted = profile.defaultSampleType === "" ? -1 : types.indexOf(profile.defaultSampleType);
    return wanted < 0 ? types.length - 1 : wanted;
  }
  if (/^[+-]?[0-9]+$/.test(name)) {
    const index = Number(name);
    if (index >= 0 && index < types.length) return index;
    throw new ReportError(`sample_index ${name} is outside the range [0..${types.length - 1}]`);
  }
  const bare = name.replace(/^inuse_/, "");
  const index = types.findIndex((type) => type === name || type === bare);
  if (index >= 0) return index;
  throw new ReportError(`sample_index ${JSON.stringify(name)} must be one of: [${types.join(" ")}]`);
}

/** The sum of the sizes of the values; of those of the base alone where there is one. */
function totalOf(samples: Uint32Array, base: Uint8Array | undefined, { values, divisors }: SampleValues): bigint {
  let total = sumSizes(samples, values);
  let divisor = divisors === undefined ? 0n : sum(samples, divisors);
  if (base !== undefined) {
    const ofBase = samples.filter((sample) => base[sample] === 1);
    const baseTotal = sumSizes(ofBase, values);
    if (baseTotal > 0n) {
      total = baseTotal;
      divisor = divisors === undefined ? 0n : sum(ofBase, divisors);
    }
  }
  return divisor === 0n ? total : total / divisor;
}

function sumSizes(samples: Uint32Array, column: SampleValues["values"]): bigint {
  if (column.exact !== undefined) {
    let total = 0n;
    for (const sample of samples) total += wrapAbs(column.exact[sample]!);
    return BigInt.asIntN(64, total);
  }
  let total = 0;
  for (let i = 0; i < samples.length; i++) total += Math.abs(column.numbers[samples[i]!]!);
  return BigInt(total);
}

function sum(samples: Uint32Array, column: SampleValues["values"]): bigint {
  let total = 0n;
  for (const sample of samples) total += valueAt(column, sample);
  return BigInt.asIntN(64, total);
}

/** What the graph of an analysis is made of; `binary` keeps functions of the same name in different binaries apart. */
export function graphInput(analysis: Analysis, binary: boolean = false): GraphInput {
  const { selection, values, options, labelUnits, labelWords } = analysis;
  const parts = partsOf(options.granularity, options.noinlines, options.showcolumns, binary);
  return {
    stacks: new CountedStacks(selection, countingSamples(selection, values)),
    frames: frameNodes(selection, parts, options),
    values,
    labelUnits,
    labelWords,
    options,
  };
}
