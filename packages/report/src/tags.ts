import { BASE_LABEL } from "@pprof-ts/profile";
import { compareText } from "./go-format.ts";
import type { SampleValues } from "./graph.ts";
import { labelsOf } from "./labels.ts";
import { PairTable } from "./pair-table.ts";
import type { Selection } from "./selection.ts";
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

/** Visits the nodes of a sample, each once, and says which of them it ends in (-1 for none). */
export type SampleNodes = (index: number, visit: (node: number) => void) => number;

/** The tags of all nodes. Of numeric labels there are only those called `bytes`, as the reference tool has it. */
export class TagTable {
  readonly #byNode: ReadonlyMap<number, NodeTags>;

  constructor(
    selection: Selection,
    samples: Uint32Array,
    nodes: SampleNodes,
    values: SampleValues,
    units: ReadonlyMap<string, string>,
    unit: string,
  ) {
    const labels = new LabelSets(selection, units.get("bytes") ?? "", unit);
    const text = new PairTable();
    const numbers = new PairTable();
    const textSums: Sums[] = [];
    const numberSums: Sums[] = [];
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i]!;
      const of = labels.of(sample);
      if (of === undefined) continue;
      const value = values.values.numbers[sample]!;
      const divisor = values.divisors?.numbers[sample] ?? 0;
      const add = (node: number, flat: boolean): void => {
        const pair = text.row(node, of.set);
        addTo(textSums, pair, flat, value, divisor);
        for (const number of of.numbers) addTo(numberSums, numbers.row(pair, number), flat, value, divisor);
      };
      const leaf = nodes(i, (node) => add(node, false));
      if (leaf >= 0) add(leaf, true);
    }
    this.#byNode = labels.collect(text, textSums, numbers, numberSums);
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

interface Sums {
  flat: number;
  cum: number;
  flatDivisor: number;
  cumDivisor: number;
}

function addTo(sums: Sums[], row: number, flat: boolean, value: number, divisor: number): void {
  let of = sums[row];
  if (of === undefined) sums[row] = of = { flat: 0, cum: 0, flatDivisor: 0, cumDivisor: 0 };
  if (flat) {
    of.flat += value;
    of.flatDivisor += divisor;
  } else {
    of.cum += value;
    of.cumDivisor += divisor;
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
  readonly #known = new Map<string, LabelSet | undefined>();
  readonly #sets = new Map<string, number>([["", 0]]);
  readonly #numbers = new Map<string, number>();
  readonly #numberValues: number[] = [];

  constructor(selection: Selection, bytesUnit: string, unit: string) {
    this.#selection = selection;
    this.#bytesUnit = bytesUnit;
    this.#unit = unit;
  }

  of(sample: number): LabelSet | undefined {
    const { labelStart, labels } = this.#selection.profile.samples;
    const from = labelStart[sample]!;
    const to = labelStart[sample + 1]!;
    if (from === to) return undefined;
    let key = "";
    for (let row = from; row < to; row++) {
      key += `${labels.key[row]},${labels.str[row]},${labels.num[row]},${labels.numUnit[row]};`;
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

  collect(
    text: PairTable,
    textSums: readonly Sums[],
    numbers: PairTable,
    numberSums: readonly Sums[],
  ): Map<number, NodeTags> {
    const setNames = [...this.#sets.keys()];
    const numberNames = [...this.#numbers.keys()];
    const byNode = new Map<number, { text: Tag[]; numbers: Map<string, Tag[]> }>();
    for (let pair = 0; pair < text.length; pair++) {
      const node = text.first[pair]!;
      let tags = byNode.get(node);
      if (tags === undefined) {
        tags = { text: [], numbers: new Map() };
        byNode.set(node, tags);
      }
      const name = setNames[text.second[pair]!]!;
      if (name !== "") tags.text.push({ name, unit: "", value: 0, ...textSums[pair]! });
    }
    for (let row = 0; row < numbers.length; row++) {
      const pair = numbers.first[row]!;
      const number = numbers.second[row]!;
      const of = byNode.get(text.first[pair]!)!.numbers;
      const set = setNames[text.second[pair]!]!;
      const list = of.get(set);
      const tag = {
        name: numberNames[number]!,
        unit: this.#bytesUnit,
        value: this.#numberValues[number]!,
        ...numberSums[row]!,
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
