// Hot: 900,000 samples have a frame for a label in 0.2 s, of which most is looking at their labels. See bench/src/pages.ts.
import { type Profile, type SampleTable, StringTable } from "@pprof-ts/profile";
import { grown } from "./grown.ts";
import { labelledPaths } from "./label-paths.ts";
import { labelsOf } from "./labels.ts";
import type { StackPaths } from "./stack-trie.ts";
import { scaledLabel } from "./units.ts";

/** A profile with frames for labels, and whether any sample had one of the keys. */
export interface TagFrames {
  readonly profile: Profile;
  /** Its stacks as paths, where those of the profile before it were known. */
  readonly paths: StackPaths | undefined;
  readonly rootsMatched: boolean;
  readonly leavesMatched: boolean;
}

/**
 * The profile with a frame for each of these label keys at both ends of every stack: a function called as the label's
 * values, in a file called as the key. The first key of `roots` becomes the outermost frame, the last of `leaves` the
 * innermost; a sample without the label has a frame without a name.
 */
export function addTagFrames(
  profile: Profile,
  paths: StackPaths | undefined,
  roots: readonly string[],
  leaves: readonly string[],
  unit: string,
): TagFrames {
  const frames = new PseudoFrames(profile);
  const { samples } = profile;
  const outside = roots.map((key) => keyFrames(profile, frames, key, unit));
  const inside = leaves.map((key) => keyFrames(profile, frames, key, unit));
  // In this order the reference tool makes them, too.
  const finders = [...outside.toReversed(), ...inside.toReversed()].map(({ find }) => find);
  for (let row = 0; row < samples.length; row++) for (const find of finders) find(row);
  const extra = roots.length + leaves.length;
  const locationStart = new Uint32Array(samples.length + 1);
  for (let row = 0; row <= samples.length; row++) locationStart[row] = samples.locationStart[row]! + extra * row;
  const [above, below] = [outside, inside].map((keys) => keys.map(({ location }) => location));
  let locations: Uint32Array | undefined;
  return {
    profile: {
      ...frames.profile(),
      // Not the table with some columns changed: that would look at its stacks, which are made when someone does.
      samples: {
        length: samples.length,
        locationStart,
        values: samples.values,
        labelStart: samples.labelStart,
        labels: samples.labels,
        unknownFields: samples.unknownFields,
        get locations() {
          locations ??= taggedStacks(samples, locationStart, above!, below!);
          return locations;
        },
      },
    },
    paths: paths && labelledPaths(paths, above!, below!),
    rootsMatched: outside.some(({ hasMatched }) => hasMatched()),
    leavesMatched: inside.some(({ hasMatched }) => hasMatched()),
  };
}

/** All stacks, each between the locations of its labels, of which `above` has the outermost first. */
function taggedStacks(
  samples: SampleTable,
  start: Uint32Array,
  above: readonly Int32Array[],
  below: readonly Int32Array[],
): Uint32Array {
  const locations = new Uint32Array(start[samples.length]!);
  for (let row = 0; row < samples.length; row++) {
    let at = start[row + 1]! - above.length;
    for (let key = above.length - 1; key >= 0; key--) locations[at++] = above[key]![row]!;
    at = start[row]!;
    for (let key = below.length - 1; key >= 0; key--) locations[at++] = below[key]![row]!;
    locations.set(samples.locations.subarray(samples.locationStart[row]!, samples.locationStart[row + 1]!), at);
  }
  return locations;
}

/** The frames of a key. */
interface KeyFrames {
  /** The location of each sample's frame, once it has been found. */
  readonly location: Int32Array;
  readonly find: (sample: number) => void;
  readonly hasMatched: () => boolean;
}

/** Most samples have one value of a key, or nothing: their frame is known by its row. */
function keyFrames(profile: Profile, frames: PseudoFrames, wanted: string, unit: string): KeyFrames {
  const { samples, strings } = profile;
  const { labelStart } = samples;
  const { key, str, num, numUnit } = samples.labels;
  const location = new Int32Array(samples.length);
  /** 1 for the rows of strings that are the key, of which there may be more than one. */
  const isKey = new Uint8Array(strings.length);
  const isSeen = new Uint8Array(strings.length);
  for (const row of key) {
    if (isSeen[row] === 1) continue;
    isSeen[row] = 1;
    isKey[row] = strings.get(row) === wanted ? 1 : 0;
  }
  /** By text, its location plus 1, that of nothing at 0; 0 where it has not been looked for. */
  const ofText = new Uint32Array(strings.length);
  const ofNumber = new Map<number, Map<bigint, number>>();
  let hasMatched = false;
  const make = (sample: number): number => {
    const values = labelValues(profile, sample, wanted, unit);
    hasMatched ||= values.length > 0;
    return frames.location(values.join(","), wanted);
  };
  const numbered = (sample: number, label: number): number => {
    const known = ofNumber.get(numUnit[label]!) ?? new Map<bigint, number>();
    ofNumber.set(numUnit[label]!, known);
    const made = known.get(num[label]!) ?? make(sample);
    known.set(num[label]!, made);
    return made;
  };
  const find = (sample: number): void => {
    let found = -1;
    let count = 0;
    const end = labelStart[sample + 1]!;
    for (let label = labelStart[sample]!; label < end; label++) {
      if (isKey[key[label]!] === 0) continue;
      found = label;
      count++;
    }
    const text = found < 0 ? 0 : str[found]!;
    if (count > 1) location[sample] = make(sample);
    else if (count === 1 && text === 0) location[sample] = numbered(sample, found);
    else {
      if (ofText[text] === 0) ofText[text] = make(sample) + 1;
      location[sample] = ofText[text]! - 1;
    }
  };
  return { location, find, hasMatched: () => hasMatched };
}

const SHOW_ALL: ReadonlySet<number> = new Set();

/** The values of a label, text first; numbers scaled to `unit`, or bare where they have no unit. */
function labelValues(profile: Profile, sample: number, key: string, unit: string): string[] {
  const { text, numbers } = labelsOf(profile, sample, SHOW_ALL);
  const values = [...(text.get(key) ?? [])];
  const found = numbers.get(key);
  if (found === undefined) return values;
  found.values.forEach((value, i) => {
    const own = found.units[i];
    values.push(own === undefined ? scaledLabel(Number(value), "", "") : scaledLabel(Number(value), own, unit));
  });
  return values;
}

/** Locations that are added to those of a profile. */
class PseudoFrames {
  readonly #profile: Profile;
  readonly #rows = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #files: string[] = [];

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  location(name: string, file: string): number {
    const key = `${file.length}:${file}${name}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.#profile.locations.length + this.#names.length;
      this.#rows.set(key, row);
      this.#names.push(name);
      this.#files.push(file);
    }
    return row;
  }

  /** The profile with the locations added so far; its samples are the old ones. */
  profile(): Profile {
    const { functions, locations, strings } = this.#profile;
    const count = this.#names.length;
    const table = new GrowingStrings(strings);
    const names = this.#names.map((name) => table.row(name));
    const files = this.#files.map((file) => table.row(file));
    const lineCount = locations.lines.length;
    return {
      ...this.#profile,
      strings: table.finish(),
      functions: {
        ...functions,
        length: functions.length + count,
        id: longer(functions.id, count, nextId(functions.id)),
        name: longer(functions.name, count, (i) => names[i]!),
        systemName: longer(functions.systemName, count),
        filename: longer(functions.filename, count, (i) => files[i]!),
        startLine: longer(functions.startLine, count),
      },
      locations: {
        ...locations,
        length: locations.length + count,
        id: longer(locations.id, count, nextId(locations.id)),
        mapping: longer(locations.mapping, count, () => -1),
        address: longer(locations.address, count),
        isFolded: longer(locations.isFolded, count),
        lineStart: longer(locations.lineStart, count, (i) => lineCount + i + 1),
        lines: {
          ...locations.lines,
          length: lineCount + count,
          function: longer(locations.lines.function, count, (i) => functions.length + i),
          line: longer(locations.lines.line, count),
          column: longer(locations.lines.column, count),
        },
      },
    };
  }
}

function nextId(ids: BigUint64Array): (i: number) => bigint {
  let largest = 0n;
  for (const id of ids) if (id > largest) largest = id;
  return (i) => largest + BigInt(i + 1);
}

type Column = Int32Array | Uint32Array | Uint8Array | BigInt64Array | BigUint64Array;

/** A column with more rows, of 0 where `value` does not say what they hold. */
function longer<T extends Column>(column: T, count: number, value?: (i: number) => T[number]): T {
  const all = new (column.constructor as new (length: number) => T)(column.length + count);
  all.set(column as never);
  if (value !== undefined) for (let i = 0; i < count; i++) all[column.length + i] = value(i);
  return all;
}

/** A table of strings with some more at its end; the bytes that are there stay as they are. */
class GrowingStrings {
  readonly #table: StringTable;
  readonly #added = new Map<string, number>();

  constructor(table: StringTable) {
    this.#table = table;
  }

  row(text: string): number {
    if (text === "") return 0;
    let row = this.#added.get(text);
    if (row === undefined) {
      row = this.#table.length + this.#added.size;
      this.#added.set(text, row);
    }
    return row;
  }

  finish(): StringTable {
    const { utf8, start, length } = this.#table;
    const added = [...this.#added.keys()].map((text) => new TextEncoder().encode(text));
    const starts = longer(start, added.length);
    let room = start[length]!;
    added.forEach((text, i) => {
      room += text.length;
      starts[length + i + 1] = room;
    });
    const bytes = grown(utf8.subarray(0, start[length]!), new Uint8Array(room));
    added.forEach((text, i) => {
      bytes.set(text, starts[length + i]!);
    });
    return new StringTable(bytes, starts);
  }
}
