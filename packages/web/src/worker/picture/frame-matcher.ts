import type { Profile } from "@pprof-ts/profile";
import type { FrameTable, Pattern } from "@pprof-ts/report";

/** The frames that a picture shows, for whoever searches it. */
export interface ShownFrames {
  readonly profile: Profile;
  readonly frames: FrameTable;
}

const DIFFERS = 1;
const MATCHES = 2;

/** Finds the frames whose name or file matches: each text of a profile is tried once, in however many pictures it is. */
export class FrameMatcher {
  readonly #pattern: Pattern;
  #strings: Profile["strings"] | undefined;
  /** By row of the strings, whether that is known to match or not; 0 where it was not tried. */
  #known: Uint8Array = new Uint8Array();

  constructor(pattern: Pattern) {
    this.#pattern = pattern;
  }

  /** 1 for each frame that matches. */
  flags({ profile: { strings }, frames }: ShownFrames): Uint8Array {
    const own = strings.before ?? strings;
    if (this.#strings !== own) this.#known = new Uint8Array(own.length);
    this.#strings = own;
    const flags = new Uint8Array(frames.length);
    for (let frame = 0; frame < flags.length; frame++) {
      const name = frames.name[frame]!;
      const matches = name < 0 ? this.#test(frames.made[-1 - name]!) : this.#testRow(strings, name);
      flags[frame] = matches || this.#testRow(strings, frames.file[frame]!) ? 1 : 0;
    }
    return flags;
  }

  #testRow(strings: Profile["strings"], row: number): boolean {
    if (row >= this.#known.length) return this.#test(strings.get(row));
    if (this.#known[row] === 0) this.#known[row] = this.#test(strings.get(row)) ? MATCHES : DIFFERS;
    return this.#known[row] === MATCHES;
  }

  #test(text: string): boolean {
    return text !== "" && this.#pattern.test(text);
  }
}
