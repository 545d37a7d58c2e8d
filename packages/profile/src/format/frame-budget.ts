import { ProfileError } from "../error.ts";

/** Stacks written out may be much longer than the tables that they come from: no profile holds more frames than this. */
const MOST_FRAMES = 2 ** 28;

/** Counts the frames of all stacks. */
export class FrameBudget {
  #frames = 0;

  spend(frames: number): void {
    this.#frames += frames;
    if (this.#frames > MOST_FRAMES) {
      throw new ProfileError(`the stacks of the profile have more than ${MOST_FRAMES} frames in all`);
    }
  }
}
