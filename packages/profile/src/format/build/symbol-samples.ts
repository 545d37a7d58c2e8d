import { type LabelFields, type MappingFields, ProfileBuilder, type ProfileHeader } from "../../builder.ts";
import { ProfileError } from "../../error.ts";
import { TIMESTAMP_LABEL } from "../../filter.ts";
import type { Profile } from "../../profile.ts";
import { type Foreseen, FrameBudget } from "./frame-budget.ts";

/** A frame by its name; lines and columns count from 1, 0 where unknown. */
export interface Frame extends Place {
  readonly name: string;
  readonly filename?: string;
  readonly startLine?: number;
}

/** Where in its function a frame is. */
export interface Place {
  readonly line?: number;
  readonly column?: number;
  readonly address?: bigint;
  /** A row that `mapping` returned; default: one that stands for everything. */
  readonly mapping?: number;
}

/** When a sample was taken, as the label that `filterByTime` looks for. */
export function timestamp(nanos: number | bigint): LabelFields {
  return { key: TIMESTAMP_LABEL, value: toInt64(nanos), unit: "nanoseconds" };
}

/** Marked as symbolized, so that no tool looks for a binary. */
const SYMBOLIZED = { hasFunctions: true, hasFilenames: true, hasLineNumbers: true, hasInlineFrames: true };

/** Builds the profile of a format whose frames have names. */
export class SymbolSamples {
  readonly #builder: ProfileBuilder;
  readonly #byName = new Map<string, number>();
  readonly #budget: FrameBudget;
  #everything = -1;

  /** `stackBytes` is what the samples may take. */
  constructor(header: ProfileHeader, stackBytes: number) {
    this.#budget = new FrameBudget(stackBytes);
    const { period = 0, durationNanos = 0 } = header;
    this.#builder = new ProfileBuilder({ ...header, period: toInt64(period), durationNanos: toInt64(durationNanos) });
  }

  mapping(fields: MappingFields): number {
    return this.#builder.mapping({ ...SYMBOLIZED, ...fields });
  }

  /** The location of a frame. */
  location(frame: Frame): number {
    return this.place(this.function(frame), frame);
  }

  /** The row of a frame's function. What is in it again and again is found by the row, however long its name is. */
  function({ name, filename = "", startLine = 0 }: Omit<Frame, keyof Place>): number {
    return this.#builder.function({ name, systemName: name, filename, startLine });
  }

  /** The location of a place in a function. */
  place(fn: number, { line = 0, column = 0, address = 0n, mapping }: Place): number {
    if (mapping === undefined && this.#everything < 0) this.#everything = this.mapping({});
    return this.#builder.location({
      mapping: mapping ?? this.#everything,
      address,
      lines: [{ function: fn, line, column }],
    });
  }

  /** The one copy that the profile keeps of a text: for labels that stand on many samples. */
  text(text: string): string {
    return this.#builder.text(text);
  }

  /** The location of an address of which there is no name. */
  address(address: bigint, mapping: number): number {
    return this.#builder.location({ mapping, address });
  }

  /** The location of a frame of which there is but a name. */
  named(name: string): number {
    let row = this.#byName.get(name);
    if (row === undefined) {
      row = this.location({ name });
      this.#byName.set(name, row);
    }
    return row;
  }

  /** Adds a sample, leaf first; numbers are rounded to integers. */
  add(stack: readonly number[], values: readonly (number | bigint)[], labels: readonly LabelFields[] = []): void {
    this.#budget.sample(stack.length, values.length, labels.length);
    this.#builder.sample(stack, values.map(toInt64), labels);
  }

  /** Counts frames or values that are held before they are added. */
  spend(count: number): void {
    this.#budget.spend(count);
  }

  /** Refuses samples that would take too much, before the first of them is made. */
  foresee(samples: Foreseen): void {
    this.#budget.foresee(samples);
  }

  build(): Profile {
    return this.#builder.build();
  }
}

/** The integer nearest to a value, which an int64 must hold. */
export function toInt64(value: number | bigint): bigint {
  if (typeof value === "bigint" ? value === BigInt.asIntN(64, value) : Math.abs(value) < 2 ** 63) {
    return typeof value === "bigint" ? value : BigInt(Math.round(value));
  }
  throw new ProfileError(`malformed profile: the value ${value} is no int64`);
}
