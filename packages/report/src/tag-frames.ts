// Hot: 900,000 samples have a frame for a label in 0.3 s, of which most is looking at their labels. See bench/src/pages.ts.
import { type Profile, type SampleTable, StringTable } from "@pprof-ts/profile";
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
  const ofKey = (key: string): KeyFrames => new KeyFrames(profile, frames, key, unit);
  const outside = roots.map(ofKey);
  const inside = leaves.map(ofKey);
  for (let row = 0; row < samples.length; row++) {
    for (let key = roots.length - 1; key >= 0; key--) outside[key]!.find(row);
    for (let key = leaves.length - 1; key >= 0; key--) inside[key]!.find(row);
  }
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
    rootsMatched: outside.some(({ hasMatched }) => hasMatched),
    leavesMatched: inside.some(({ hasMatched }) => hasMatched),
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

/** The frames of a key. Most samples have one value there, or nothing: their frame is known by its row. */
class KeyFrames {
  hasMatched = false;
  /** The location of each sample's frame, once it has been found. */
  readonly location: Int32Array;
  readonly #profile: Profile;
  readonly #frames: PseudoFrames;
  readonly #key: string;
  readonly #unit: string;
  /** 1 for the rows of strings that are the key, of which there may be more than one, 2 for others that were looked at. */
  readonly #isKey: Uint8Array;
  /** By text, its location plus 1, that of nothing at 0; 0 where it has not been looked for. */
  readonly #ofText: Uint32Array;
  /** By unit and number. */
  readonly #ofNumber = new Map<number, Map<bigint, number>>();

  constructor(profile: Profile, frames: PseudoFrames, key: string, unit: string) {
    const { samples, strings } = profile;
    this.location = new Int32Array(samples.length);
    this.#profile = profile;
    this.#frames = frames;
    this.#key = key;
    this.#unit = unit;
    this.#isKey = new Uint8Array(strings.length);
    this.#ofText = new Uint32Array(strings.length);
  }

  /** Finds the location of a sample's frame. */
  find(sample: number): void {
    const { labelStart, labels } = this.#profile.samples;
    let found = -1;
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++) {
      const key = labels.key[label]!;
      this.#isKey[key] ||= this.#profile.strings.get(key) === this.#key ? 1 : 2;
      if (this.#isKey[key] === 2) continue;
      if (found >= 0) {
        this.location[sample] = this.#make(sample);
        return;
      }
      found = label;
    }
    const text = found < 0 ? 0 : labels.str[found]!;
    if (found >= 0 && text === 0) {
      this.location[sample] = this.#numbered(sample, found);
      return;
    }
    if (this.#ofText[text] === 0) this.#ofText[text] = this.#make(sample) + 1;
    this.location[sample] = this.#ofText[text]! - 1;
  }

  #numbered(sample: number, label: number): number {
    const { num, numUnit } = this.#profile.samples.labels;
    const unit = numUnit[label]!;
    const known = this.#ofNumber.get(unit) ?? new Map<bigint, number>();
    this.#ofNumber.set(unit, known);
    let location = known.get(num[label]!);
    if (location === undefined) {
      location = this.#make(sample);
      known.set(num[label]!, location);
    }
    return location;
  }

  #make(sample: number): number {
    const values = labelValues(this.#profile, sample, this.#key, this.#unit);
    this.hasMatched ||= values.length > 0;
    return this.#frames.location(values.join(","), this.#key);
  }
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
    const none = new Array<number>(count).fill(0);
    const bigs = none.map(() => 0n);
    const lineCount = locations.lines.length;
    return {
      ...this.#profile,
      strings: table.finish(),
      functions: {
        ...functions,
        length: functions.length + count,
        id: BigUint64Array.from([...functions.id, ...nextIds(functions.id, count)]),
        name: concat(functions.name, names),
        systemName: concat(functions.systemName, none),
        filename: concat(functions.filename, files),
        startLine: BigInt64Array.from([...functions.startLine, ...bigs]),
      },
      locations: {
        ...locations,
        length: locations.length + count,
        id: BigUint64Array.from([...locations.id, ...nextIds(locations.id, count)]),
        mapping: Int32Array.from([...locations.mapping, ...none.map(() => -1)]),
        address: BigUint64Array.from([...locations.address, ...bigs]),
        isFolded: Uint8Array.from([...locations.isFolded, ...none]),
        lineStart: concat(
          locations.lineStart,
          none.map((_, i) => lineCount + i + 1),
        ),
        lines: {
          ...locations.lines,
          length: lineCount + count,
          function: Int32Array.from([...locations.lines.function, ...none.map((_, i) => functions.length + i)]),
          line: BigInt64Array.from([...locations.lines.line, ...bigs]),
          column: BigInt64Array.from([...locations.lines.column, ...bigs]),
        },
      },
    };
  }
}

function nextIds(ids: BigUint64Array, count: number): bigint[] {
  let largest = 0n;
  for (const id of ids) if (id > largest) largest = id;
  return Array.from({ length: count }, (_, i) => largest + BigInt(i + 1));
}

function concat(column: Uint32Array, more: readonly number[]): Uint32Array {
  const all = new Uint32Array(column.length + more.length);
  all.set(column);
  all.set(more, column.length);
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
    const utf8 = new TextEncoder();
    const parts: Uint8Array[] = [];
    for (let row = 0; row < this.#table.length; row++) parts.push(this.#table.bytes(row));
    for (const text of this.#added.keys()) parts.push(utf8.encode(text));
    const start = new Uint32Array(parts.length + 1);
    parts.forEach((part, row) => {
      start[row + 1] = start[row]! + part.length;
    });
    const bytes = new Uint8Array(start[parts.length]!);
    parts.forEach((part, row) => {
      bytes.set(part, start[row]!);
    });
    return new StringTable(bytes, start);
  }
}
