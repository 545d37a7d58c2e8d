import type { Profile } from "../../profile.ts";
import { NamedFrames } from "../build/named-frames.ts";
import { sampleTypeColumn, type WriteOptions } from "../build/sample-type.ts";
import { TextWriter } from "../build/text-writer.ts";

/** Writes one sample type as collapsed stacks; equal stacks are one line, in the order of their coming. */
export function writeCollapsed(profile: Profile, options: WriteOptions = {}): Uint8Array {
  const out = new TextWriter();
  for (const line of collapsedLines(profile, options)) out.write(line);
  return out.finish();
}

/** The same line by line, for texts that no memory holds: of each stack there is but a row until it is written. */
export function* collapsedLines(profile: Profile, { sampleType }: WriteOptions = {}): Generator<string> {
  const values = profile.samples.values[sampleTypeColumn(profile, sampleType)]!;
  const stacks = new NamedStacks(profile);
  /** By stack: the first row that has it, and its sum. */
  const firsts: number[] = [];
  const sums: bigint[] = [];
  const byHash = new Map<number, number[]>();
  for (let row = 0; row < profile.samples.length; row++) {
    const names = stacks.names(row);
    const hash = hashOf(names);
    let known = byHash.get(hash);
    if (known === undefined) {
      known = [];
      byHash.set(hash, known);
    }
    let stack = known.find((candidate) => isSame(stacks.names(firsts[candidate]!), names));
    if (stack === undefined) {
      stack = firsts.push(row) - 1;
      sums.push(0n);
      known.push(stack);
    }
    sums[stack]! += values[row]!;
  }
  for (let stack = 0; stack < firsts.length; stack++) yield `${stacks.text(firsts[stack]!)} ${sums[stack]}\n`;
}

/** Stacks of names as they are written, each name a number. */
class NamedStacks {
  readonly #frames: NamedFrames;
  readonly #texts: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** By frame, the number of its name. */
  readonly #ofFrame: number[] = [];

  constructor(profile: Profile) {
    this.#frames = new NamedFrames(profile);
  }

  /** Leaf first. */
  names(row: number): readonly number[] {
    const stack = this.#frames.stack(row);
    if (stack.length === 0) return [this.#number("(empty)")];
    for (let i = 0; i < stack.length; i++) stack[i] = this.#ofFrame[stack[i]!] ?? this.#named(stack[i]!);
    return stack;
  }

  text(row: number): string {
    const names = this.names(row);
    return Array.from(names, (name) => this.#texts[name]!)
      .reverse()
      .join(";");
  }

  #named(frame: number): number {
    // What separates frames and lines cannot stand in a name.
    const name = this.#number(this.#frames.frames[frame]!.name.replace(/[;\r\n]/g, ":") || "(unknown)");
    this.#ofFrame[frame] = name;
    return name;
  }

  #number(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#texts.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }
}

function hashOf(names: readonly number[]): number {
  let hash = names.length;
  for (const name of names) {
    hash = Math.imul(hash ^ name, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
