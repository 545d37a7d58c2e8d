import type { Profile } from "../../profile.ts";

/** A frame as formats without addresses have it; lines and columns count from 1, 0 where unknown. */
export interface NamedFrame {
  readonly name: string;
  readonly filename: string;
  readonly line: number;
  readonly column: number;
  readonly startLine: number;
}

/** A profile's stacks as frames with names: one for each line of a location, its address where it has none. */
export class NamedFrames {
  readonly frames: NamedFrame[] = [];
  readonly #profile: Profile;
  readonly #ofLocation: (readonly number[] | undefined)[];
  readonly #rows = new Map<string, number>();

  constructor(profile: Profile) {
    this.#profile = profile;
    this.#ofLocation = new Array(profile.locations.length).fill(undefined);
  }

  /** Rows of `frames`, leaf first. */
  stack(sample: number): number[] {
    const { locationStart, locations } = this.#profile.samples;
    const stack: number[] = [];
    for (let at = locationStart[sample]!; at < locationStart[sample + 1]!; at++) {
      for (const frame of this.#location(locations[at]!)) stack.push(frame);
    }
    return stack;
  }

  #location(row: number): readonly number[] {
    const known = this.#ofLocation[row];
    if (known !== undefined) return known;
    const { locations, functions, mappings, strings } = this.#profile;
    const frames: number[] = [];
    for (let at = locations.lineStart[row]!; at < locations.lineStart[row + 1]!; at++) {
      const fn = locations.lines.function[at]!;
      frames.push(
        this.#frame({
          name: fn < 0 ? "" : strings.get(functions.name[fn]!),
          filename: fn < 0 ? "" : strings.get(functions.filename[fn]!),
          line: Number(locations.lines.line[at]),
          column: Number(locations.lines.column[at]),
          startLine: fn < 0 ? 0 : Number(functions.startLine[fn]),
        }),
      );
    }
    if (frames.length === 0) {
      const mapping = locations.mapping[row]!;
      const file = mapping < 0 ? "" : strings.get(mappings.filename[mapping]!);
      const base = file.slice(file.lastIndexOf("/") + 1);
      const name = `0x${locations.address[row]!.toString(16)}${base && ` [${base}]`}`;
      frames.push(this.#frame({ name, filename: "", line: 0, column: 0, startLine: 0 }));
    }
    this.#ofLocation[row] = frames;
    return frames;
  }

  #frame(frame: NamedFrame): number {
    const key = `${frame.line},${frame.column},${frame.startLine},${frame.filename}\n${frame.name}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.frames.push(frame) - 1;
      this.#rows.set(key, row);
    }
    return row;
  }
}
