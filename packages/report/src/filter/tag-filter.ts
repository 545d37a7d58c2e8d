import type { Profile } from "@pprof-ts/profile";
import { ReportError } from "../error.ts";
import { compilePattern, type Pattern } from "../go/pattern.ts";
import { type Measure, scale } from "../go/units.ts";
import { filterRows, type Selection } from "../stack/selection.ts";

/** Whether a sample is one that `tagfocus` or `tagignore` speaks of. */
export type TagFilter = (selection: Selection, sample: number) => boolean;

/** A test of numbers with their units. */
type NumberTest = (value: number, unit: string) => boolean;

/**
 * The filter that `text` describes, undefined for none: `[key=]` and then a range of numbers or a list of regular
 * expressions. What a reader should know of how it was understood goes to `messages`.
 */
export function tagFilter(
  name: string,
  text: string,
  units: ReadonlyMap<string, string>,
  messages: string[],
): TagFilter | undefined {
  if (text === "") return undefined;
  const equals = text.indexOf("=");
  const key = equals < 0 ? "" : text.slice(0, equals);
  const value = text.slice(equals + 1);
  const range = numberRange(value);
  if (range !== undefined) {
    messages.push(`${name}:Interpreted '${value}' as range, not regexp`);
    return numberFilter(key, range, units);
  }
  const patterns = value.split(",").map((source) => {
    try {
      return compilePattern(source);
    } catch (error) {
      if (error instanceof ReportError) throw new ReportError(`parsing ${name} regexp: ${error.message}`);
      throw error;
    }
  });
  return key === "" ? anyKeyFilter(patterns) : keyFilter(key, patterns);
}

function numberFilter(key: string, test: NumberTest, units: ReadonlyMap<string, string>): TagFilter {
  return labelFilter((profile, label) => {
    const { labels } = profile.samples;
    if (labels.str[label] !== 0) return false;
    const name = profile.strings.get(labels.key[label]!);
    if (key !== "" && name !== key) return false;
    if (labels.num[label] === 0n && labels.numUnit[label] === 0) return false;
    return test(Number(labels.num[label]!), units.get(name) ?? "");
  });
}

function keyFilter(key: string, patterns: readonly Pattern[]): TagFilter {
  return labelFilter((profile, label) => {
    const { labels } = profile.samples;
    if (labels.str[label] === 0 || profile.strings.get(labels.key[label]!) !== key) return false;
    const value = profile.strings.get(labels.str[label]!);
    return patterns.some((pattern) => pattern.test(value));
  });
}

/** Without a key each pattern must match some `key:value` of the sample. */
function anyKeyFilter(patterns: readonly Pattern[]): TagFilter {
  const filters = patterns.map((pattern) =>
    labelFilter((profile, label) => {
      const { labels } = profile.samples;
      if (labels.str[label] === 0) return false;
      return pattern.test(`${profile.strings.get(labels.key[label]!)}:${profile.strings.get(labels.str[label]!)}`);
    }),
  );
  return (selection, sample) => filters.every((filter) => filter(selection, sample));
}

/** Whether any label of the sample passes; equal text labels are tested once. */
function labelFilter(test: (profile: Profile, label: number) => boolean): TagFilter {
  const known = new Map<number, boolean>();
  return ({ profile }, sample) => {
    const { labelStart, labels } = profile.samples;
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++) {
      if (labels.str[label] === 0) {
        if (test(profile, label)) return true;
        continue;
      }
      const pair = labels.key[label]! * profile.strings.length + labels.str[label]!;
      let passes = known.get(pair);
      if (passes === undefined) {
        passes = test(profile, label);
        known.set(pair, passes);
      }
      if (passes) return true;
    }
    return false;
  };
}

/** `32kb`, `:64kb`, `4mb:` and `12kb:64mb`; undefined where the text is none of them. */
function numberRange(text: string): NumberTest | undefined {
  const matches = [...text.matchAll(/([+-]?[0-9]+)([A-Za-z]+)?/g)].slice(0, 2);
  const [first, second] = matches;
  if (first === undefined) return undefined;
  const low = measure(first, undefined);
  const compare =
    (passes: (value: number) => boolean): NumberTest =>
    (value, unit) => {
      const scaled = scale(value, unit, low.unit);
      return scaled.unit === low.unit && passes(scaled.value);
    };
  if (second !== undefined) {
    if (text !== `${first[0]}:${second[0]}`) return undefined;
    const high = measure(second, low.unit);
    if (low.unit !== high.unit) return undefined;
    return compare((value) => value >= low.value && value <= high.value);
  }
  if (text === first[0]) return compare((value) => value === low.value);
  if (text === `${first[0]}:`) return compare((value) => value >= low.value);
  if (text === `:${first[0]}`) return compare((value) => value <= low.value);
  return undefined;
}

function measure([, digits = "", unit = ""]: RegExpMatchArray, to: string | undefined): Measure {
  const value = BigInt(digits.replace("+", ""));
  if (value !== BigInt.asIntN(64, value)) throw new ReportError(`failed to parse int ${digits}: value out of range`);
  return scale(Number(value), unit, to ?? unit);
}

/** The samples that `focus` accepts and `ignore` does not, and whether each accepted any. */
export function filterByTag(
  selection: Selection,
  focus: TagFilter | undefined,
  ignore: TagFilter | undefined,
): { selection: Selection; focused: boolean; ignored: boolean } {
  let focused = false;
  let ignored = false;
  const samples = filterRows(selection.samples, (sample) => {
    const wanted = focus?.(selection, sample) ?? true;
    const unwanted = ignore?.(selection, sample) ?? false;
    focused ||= wanted;
    ignored ||= unwanted;
    return wanted && !unwanted;
  });
  return { selection: { ...selection, samples }, focused, ignored };
}
