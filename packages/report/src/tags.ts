import { BASE_LABEL } from "@pprof-ts/profile";
import type { Stacks } from "./accumulate.ts";
import { compareText } from "./go-format.ts";
import type { SampleValues } from "./graph.ts";
import { labelsOf } from "./labels.ts";
import { PairTable } from "./pair-table.ts";
import type { Selection } from "./selection.ts";
import type { TagPaths } from "./tag-paths.ts";
import { scaledLabel } from "./units.ts";

/** What the samples with some label have in a node. */
export interface Tag {
  readonly name: string;
  /** Of a number; "" and 0 for text. */
  readonly unit: string;
  readonly value: number;
  readonly flat: number;
  readonly cum: number;
  readonly flatDivisor: number;
  readonly cumDivisor: number;
}

/** The tags of one node: of text, and of numbers by the name of the text tag they come with ("" for none). */
export interface NodeTags {
  readonly text: readonly Tag[];
  readonly numbers: ReadonlyMap<string, readonly Tag[]>;
}

const NO_TAGS: NodeTags = { text: [], numbers: new Map() };

/** The tags of some nodes. Of numeric labels there are only those called `bytes`, as the reference tool has it. */
export class TagTable {
  readonly #byNode: ReadonlyMap<number, NodeTags>;

  constructor(
    { selection, samples }: Stacks,
    paths: TagPaths,
    values: SampleValues,
    units: ReadonlyMap<string, string>,
    unit: string,
  ) {
    const labels = new LabelSets(selection, units.get("bytes") ?? "", unit);
    const text = new TagSums();
    const numbers = new TagSums();
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i]!;
      const of = labels.of(sample);
      if (of === undefined) continue;
      const value = values.values.numbers[sample]!;
      const divisor = values.divisors?.numbers[sample] ?? 0;
      for (let link = paths.last[i]!; link >= 0; link = paths.before[link]!) {
        const tag = text.addCum(paths.node[link]!, of.set, value, divisor);
        for (const number of of.numbers) numbers.addCum(tag, number, value, divisor);
      }
      const leaf = paths.leaf[i]!;
      if (leaf < 0) continue;
      const tag = text.addFlat(leaf, of.set, value, divisor);
      for (const number of of.numbers) numbers.addFlat(tag, number, value, divisor);
    }
    this.#byNode = labels.collect(text, numbers);
  }

  /** The tags of a node with a flat or cum of at least `cutoff`. */
  of(node: number, cutoff: number): NodeTags {
    const all = this.#byNode.get(node);
    if (all === undefined) return NO_TAGS;
    const above = (tag: Tag): boolean => Math.abs(tag.flat) >= cutoff || Math.abs(tag.cum) >= cutoff;
    return {
      text: all.text.filter(above),
      numbers: new Map([...all.numbers].map(([name, tags]) => [name, tags.filter(above)])),
    };
  }
}

/** Sums by pairs: of a node and a set of labels, or of such a pair and a number. */
class TagSums {
  readonly pairs: PairTable = new PairTable();
  readonly #flat: number[] = [];
  readonly #cum: number[] = [];
  readonly #flatDivisor: number[] = [];
  readonly #cumDivisor: number[] = [];

  addFlat(first: number, second: number, value: number, divisor: number): number {
    const row = this.#row(first, second);
    this.#flat[row]! += value;
    this.#flatDivisor[row]! += divisor;
    return row;
  }

  addCum(first: number, second: number, value: number, divisor: number): number {
    const row = this.#row(first, second);
    this.#cum[row]! += value;
    this.#cumDivisor[row]! += divisor;
    return row;
  }

  of(row: number): Pick<Tag, "flat" | "cum" | "flatDivisor" | "cumDivisor"> {
    return {
      flat: this.#flat[row]!,
      cum: this.#cum[row]!,
      flatDivisor: this.#flatDivisor[row]!,
      cumDivisor: this.#cumDivisor[row]!,
    };
  }

  #row(first: number, second: number): number {
    const row = this.pairs.row(first, second);
    if (row === this.#flat.length) for (const column of this.#columns()) column.push(0);
    return row;
  }

  #columns(): number[][] {
    return [this.#flat, this.#cum, this.#flatDivisor, this.#cumDivisor];
  }
}

/** The labels of one sample: its text as one tag, and its numbers. */
interface LabelSet {
  /** 0 for no text. */
  readonly set: number;
  readonly numbers: readonly number[];
}

/** Gives sets of labels and numbers a row each; samples mostly share theirs. */
class LabelSets {
  readonly #selection: Selection;
  readonly #bytesUnit: string;
  readonly #unit: string;
  readonly #labelRows = new PairTable();
  readonly #known = new Map<number, LabelSet | undefined>();
  readonly #sets = new Map<string, number>([["", 0]]);
  readonly #numbers = new Map<string, number>();
  readonly #numberValues: number[] = [];
  readonly #num: Int32Array;

  constructor(selection: Selection, bytesUnit: string, unit: string) {
    this.#selection = selection;
    this.#bytesUnit = bytesUnit;
    this.#unit = unit;
    const { num } = selection.profile.samples.labels;
    this.#num = new Int32Array(num.buffer, num.byteOffset, num.length * 2);
  }

  of(sample: number): LabelSet | undefined {
    const { labelStart, labels } = this.#selection.profile.samples;
    const from = labelStart[sample]!;
    const to = labelStart[sample + 1]!;
    if (from === to) return undefined;
    // The same words in the same order end in the same row.
    const rows = this.#labelRows;
    let key = 0;
    for (let label = from; label < to; label++) {
      key = 1 + rows.row(key, labels.key[label]!);
      key = 1 + rows.row(key, labels.str[label]!);
      key = 1 + rows.row(key, this.#num[2 * label]!);
      key = 1 + rows.row(key, this.#num[2 * label + 1]!);
      key = 1 + rows.row(key, labels.numUnit[label]!);
    }
    if (this.#known.has(key)) return this.#known.get(key);
    const set = this.#make(sample);
    this.#known.set(key, set);
    return set;
  }

  #make(sample: number): LabelSet | undefined {
    const { profile, hiddenLabels } = this.#selection;
    const { text, numbers } = labelsOf(profile, sample, hiddenLabels);
    const names = [...text].flatMap(([key, values]) =>
      key === BASE_LABEL ? [] : values.map((value) => `${key}:${value}`),
    );
    const name = names.sort(compareText).join("\\n");
    const bytes = numbers.get("bytes")?.values ?? [];
    if (name === "" && bytes.length === 0) return undefined;
    return { set: rowOf(this.#sets, name), numbers: bytes.map((value) => this.#number(Number(value))) };
  }

  // Numbers that print alike are one tag, whose value is that of the first.
  #number(value: number): number {
    const row = rowOf(this.#numbers, scaledLabel(value, this.#bytesUnit, this.#unit));
    this.#numberValues[row] ??= value;
    return row;
  }

  collect(text: TagSums, numbers: TagSums): Map<number, NodeTags> {
    const setNames = [...this.#sets.keys()];
    const numberNames = [...this.#numbers.keys()];
    const byNode = new Map<number, { text: Tag[]; numbers: Map<string, Tag[]> }>();
    for (let row = 0; row < text.pairs.length; row++) {
      const node = text.pairs.first[row]!;
      let tags = byNode.get(node);
      if (tags === undefined) {
        tags = { text: [], numbers: new Map() };
        byNode.set(node, tags);
      }
      const name = setNames[text.pairs.second[row]!]!;
      if (name !== "") tags.text.push({ name, unit: "", value: 0, ...text.of(row) });
    }
    for (let row = 0; row < numbers.pairs.length; row++) {
      const pair = numbers.pairs.first[row]!;
      const number = numbers.pairs.second[row]!;
      const of = byNode.get(text.pairs.first[pair]!)!.numbers;
      const set = setNames[text.pairs.second[pair]!]!;
      const list = of.get(set);
      const tag = {
        name: numberNames[number]!,
        unit: this.#bytesUnit,
        value: this.#numberValues[number]!,
        ...numbers.of(row),
      };
      if (list === undefined) of.set(set, [tag]);
      else list.push(tag);
    }
    return byNode;
  }
}

function rowOf(rows: Map<string, number>, key: string): number {
  let row = rows.get(key);
  if (row === undefined) {
    row = rows.size;
    rows.set(key, row);
  }
  return row;
}

/** How many tags of a node have a value of their own. */
export function countTags({ text, numbers }: NodeTags): number {
  let count = text.filter((tag) => tag.flat !== 0).length;
  for (const tags of numbers.values()) count += tags.filter((tag) => tag.flat !== 0).length;
  return count;
}

/** Larger tags first, by flat or by cum, then by name. */
export function sortTags<T extends Pick<Tag, "name" | "flat" | "cum">>(tags: readonly T[], flat: boolean): T[] {
  return [...tags].sort(
    (a, b) =>
      (flat ? 0 : Math.abs(b.cum) - Math.abs(a.cum)) ||
      Math.abs(b.flat) - Math.abs(a.flat) ||
      compareText(a.name, b.name),
  );
}
