import { KnownEnds } from "../stack/stack-ends.ts";
import type { Stacks } from "./call-tree.ts";
import { partTotals, type Totals } from "./part-totals.ts";
import { type StackParts, stackParts } from "./stack-parts.ts";

interface Parted {
  readonly parts: StackParts;
  /** For each frame, the value of all stacks that end in it and of those that it appears in, counted once a stack. */
  readonly totals: Totals;
}

/** The parts of the stacks that were taken apart last: who looks at a part of a picture more closely asks for the same ones. */
export class RecentParts {
  #stacks: Stacks | undefined;
  #parted: Parted | undefined;
  readonly #ends = new KnownEnds();

  of(stacks: Stacks): Parted {
    const last = this.#stacks;
    const isSame =
      last?.selection === stacks.selection && last.frames === stacks.frames && last.values === stacks.values;
    if (!isSame || this.#parted === undefined) {
      const parts = stackParts(stacks, this.#ends);
      this.#parted = { parts, totals: partTotals(parts, stacks.frames) };
      this.#stacks = stacks;
    }
    return this.#parted;
  }
}
