import type { Profile } from "@pprof-ts/profile";

/** Locations that are added to those of a profile, a frame each. */
export class AddedFrames {
  readonly #profile: Profile;
  readonly #rows = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #files: string[] = [];
  /** By added location, the line of the profile that it stands for alone; -1 for one that is a function of its own. */
  readonly #lines: number[] = [];
  /** The location that such a line was a part of. */
  readonly #parts: number[] = [];

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** The location of a function of this name. */
  location(name: string, file: string): number {
    return this.#row(`${file.length}:${file}${name}`, name, file, -1, -1);
  }

  /** The location of one line of a location that has several. */
  lineOf(location: number, line: number): number {
    return this.#row(`line ${line}`, "", "", line, location);
  }

  #row(key: string, name: string, file: string, line: number, part: number): number {
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.#profile.locations.length + this.#names.length;
      this.#rows.set(key, row);
      this.#names.push(name);
      this.#files.push(file);
      this.#lines.push(line);
      this.#parts.push(part);
    }
    return row;
  }

  /** The profile with the locations added so far; its samples are the old ones. */
  profile(): Profile {
    const { functions, locations, strings } = this.#profile;
    const count = this.#names.length;
    const added = new Map<string, number>([["", 0]]);
    const rowOf = (text: string): number => {
      const row = added.get(text) ?? strings.length + added.size - 1;
      added.set(text, row);
      return row;
    };
    const names = this.#names.map(rowOf);
    const files = this.#files.map(rowOf);
    const lineCount = locations.lines.length;
    const lines = this.#lines;
    const ofLine = <T extends number | bigint>(column: { readonly [row: number]: T }, none: (i: number) => T) => {
      return (i: number): T => (lines[i]! < 0 ? none(i) : column[lines[i]!]!);
    };
    const ofPart = <T extends number | bigint>(column: { readonly [row: number]: T }, none: T) => {
      return (i: number): T => (this.#parts[i]! < 0 ? none : column[this.#parts[i]!]!);
    };
    return {
      ...this.#profile,
      strings: strings.with([...added.keys()].slice(1)),
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
        mapping: longer(locations.mapping, count, ofPart(locations.mapping, -1)),
        address: longer(locations.address, count, ofPart(locations.address, 0n)),
        isFolded: longer(locations.isFolded, count),
        lineStart: longer(locations.lineStart, count, (i) => lineCount + i + 1),
        lines: {
          ...locations.lines,
          length: lineCount + count,
          function: longer(
            locations.lines.function,
            count,
            ofLine(locations.lines.function, (i) => functions.length + i),
          ),
          line: longer(
            locations.lines.line,
            count,
            ofLine(locations.lines.line, () => 0n),
          ),
          column: longer(
            locations.lines.column,
            count,
            ofLine(locations.lines.column, () => 0n),
          ),
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
