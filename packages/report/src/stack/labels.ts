import type { Profile } from "@pprof-ts/profile";
import { compareText } from "../go/format.ts";
import type { Pattern } from "../go/pattern.ts";

/** The numbers of one key of a sample and their units; no units where none of them has one. */
export interface NumberLabels {
  readonly values: bigint[];
  readonly units: string[];
}

/** The labels of one sample by key, in the order of their first values. */
export interface SampleLabels {
  readonly text: ReadonlyMap<string, readonly string[]>;
  readonly numbers: ReadonlyMap<string, NumberLabels>;
}

const NONE: SampleLabels = { text: new Map(), numbers: new Map() };

/** Whether a label holds text; one that holds neither text nor a number nor a unit is none at all. */
function isText(profile: Profile, label: number): boolean {
  return profile.samples.labels.str[label] !== 0;
}

function isNumber(profile: Profile, label: number): boolean {
  const { str, num, numUnit } = profile.samples.labels;
  return str[label] === 0 && (num[label] !== 0n || numUnit[label] !== 0);
}

/** The labels of a sample, without the keys in `hidden` (rows of strings). */
export function labelsOf(profile: Profile, sample: number, hidden: ReadonlySet<number>): SampleLabels {
  const { labelStart, labels } = profile.samples;
  const from = labelStart[sample]!;
  const to = labelStart[sample + 1]!;
  if (from === to) return NONE;
  const text = new Map<string, string[]>();
  const numbers = new Map<string, NumberLabels>();
  for (let label = from; label < to; label++) {
    if (hidden.has(labels.key[label]!)) continue;
    const key = profile.strings.get(labels.key[label]!);
    if (isText(profile, label)) {
      const values = text.get(key);
      const value = profile.strings.get(labels.str[label]!);
      if (values === undefined) text.set(key, [value]);
      else values.push(value);
    } else if (isNumber(profile, label)) {
      let known = numbers.get(key);
      if (known === undefined) {
        known = { values: [], units: [] };
        numbers.set(key, known);
      }
      const unit = labels.numUnit[label]!;
      if (unit !== 0) {
        while (known.units.length < known.values.length) known.units.push("");
        known.units.push(profile.strings.get(unit));
      }
      known.values.push(labels.num[label]!);
    }
  }
  for (const { values, units } of numbers.values()) {
    if (units.length > 0) while (units.length < values.length) units.push("");
  }
  return { text, numbers };
}

/** Which unit each key of numbers is in, and what is odd about that. */
export interface LabelUnits {
  readonly units: ReadonlyMap<string, string>;
  readonly messages: readonly string[];
}

/**
 * The first unit that each key's numbers are given in; a key without any is in bytes where it is called `alignment` or
 * `request`, else in its own name.
 */
export function labelUnits(profile: Profile): LabelUnits {
  const { labels } = profile.samples;
  const units = new Map<string, string>();
  const others = new Map<string, Set<string>>();
  const bare = new Set<string>();
  // The same few pairs come again and again: look at each once. By key its last unit plus 1, and all pairs.
  const last = new Uint32Array(profile.strings.length);
  const seen = new Set<number>();
  for (let label = 0; label < labels.length; label++) {
    if (labels.str[label] !== 0) continue;
    const row = labels.key[label]!;
    const unitRow = labels.numUnit[label]!;
    if (last[row] === unitRow + 1) continue;
    const pair = row * last.length + unitRow;
    // Reading a number makes a BigInt: only of pairs that are new.
    if (seen.has(pair) || !isNumber(profile, label)) continue;
    seen.add(pair);
    last[row] = unitRow + 1;
    const key = profile.strings.get(row);
    const unit = profile.strings.get(unitRow);
    bare.add(key);
    if (unit === "") continue;
    const known = units.get(key);
    if (known === undefined) units.set(key, unit);
    else if (known !== unit) {
      const set = others.get(key);
      if (set === undefined) others.set(key, new Set([unit]));
      else set.add(unit);
    }
  }
  for (const key of bare) {
    if (!units.has(key)) units.set(key, key === "alignment" || key === "request" ? "bytes" : key);
  }
  const messages = [...others]
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, set]) => {
      const list = [...set].sort(compareText).join(", ");
      return `For tag ${key} used unit ${units.get(key)}, also encountered unit(s) ${list}`;
    });
  return { units, messages };
}

/** The label keys, as rows of strings, that `show` and `hide` leave out, and whether either matched any. */
export function hiddenKeys(
  profile: Profile,
  samples: Uint32Array,
  show: Pattern | undefined,
  hide: Pattern | undefined,
): { hidden: Set<number>; shown: boolean; hid: boolean } {
  const { labelStart, labels } = profile.samples;
  const hidden = new Set<number>();
  const known = new Set<number>();
  let shown = false;
  let hid = false;
  for (const sample of samples) {
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++) {
      const key = labels.key[label]!;
      if (known.has(key) || !(isText(profile, label) || isNumber(profile, label))) continue;
      known.add(key);
      const name = profile.strings.get(key);
      const matchesShow = show === undefined || show.test(name);
      const matchesHide = hide?.test(name) ?? false;
      shown ||= matchesShow;
      hid ||= matchesHide;
      if (!matchesShow || matchesHide) hidden.add(key);
    }
  }
  return { hidden, shown, hid };
}
