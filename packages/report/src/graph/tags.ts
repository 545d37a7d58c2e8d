import { BASE_LABEL } from "@pprof-ts/profile";
import { dotText } from "../go/dot-text.ts";
import { compareText } from "../go/format.ts";
import { scaledLabel } from "../go/units.ts";
import { groupRows } from "../stack/group-rows.ts";
import type { LabelWords } from "../stack/label-words.ts";
import { labelsOf } from "../stack/labels.ts";
import { PairTable } from "../stack/pair-table.ts";
import type { Selection } from "../stack/selection.ts";
import type { SampleValues } from "./graph.ts";
import { mayBeLarge } from "./large-texts.ts";
import { SetSums, type TagSum } from "./set-sums.ts";
import type { TagStacks } from "./tag-stacks.ts";
import type { CountedStacks } from "./walk.ts";

/** What the samples with some label have in a node. */
export interface Tag extends TagSum {
  /** As it stands within the quotes of the dot language, a line for each label. */
  readonly name: string;
  /** Of a number; "" and 0 for text. */
  readonly unit: string;
  readonly value: number;
}

/** The tags of one node: of text, and of numbers by the name of the text tag they come with ("" for none). */
export interface NodeTags {
  readonly text: readonly Tag[];
  readonly numbers: ReadonlyMap<string, readonly Tag[]>;
}

/** Nobody has asked which set a word is; -1 stands for none. */
const UNKNOWN = -2;

const NO_TAGS: NodeTags = { text: [], numbers: new Map() };

/** The tags of some nodes. Of numeric labels there are only those called `bytes`, as the reference tool has it. */
export class TagTable {
  readonly #byNode: ReadonlyMap<number, NodeTags>;

  /** Tags with a flat and a cum below `cutoff` are left out. */
  constructor(
    { selection, samples }: CountedStacks,
    stacks: TagStacks,
    values: SampleValues,
    words: LabelWords,
    units: ReadonlyMap<string, string>,
    unit: string,
    cutoff: number,
  ) {
    const labels = new LabelSets(selection, words, units.get("bytes") ?? "", unit);
    const may = mayBeLarge({ selection, samples }, values, words, cutoff);
    /** By word. */
    const setOf = new Int32Array(words.length).fill(UNKNOWN);
    for (let i = 0; i < samples.length; i++) {
      const word = words.of[samples[i]!]!;
      if (setOf[word] !== UNKNOWN) continue;
      setOf[word] = may[word] === 1 ? labels.row(samples[i]!) : labels.pass(samples[i]!);
    }
    const isLarge = labels.largeSets(setOf, samples, values, cutoff);
    const sums = new SetSums(isLarge.length, stacks.nodes.length);
    const large = largeSamples(stacks, samples, values, (sample) => {
      const set = setOf[words.of[sample]!]!;
      return set >= 0 && isLarge[set] === 1 ? set : -1;
    });
    const { start, rows } = groupRows(large.stack, stacks.length);
    stacks.each((stack, nodes, count, leaf) => {
      for (let i = start[stack]!; i < start[stack + 1]!; i++) {
        const row = rows[i]!;
        sums.addSample(large.set[row]!, large.value[row]!, large.divisor[row]!);
      }
      sums.addStack(nodes, count, leaf);
    });
    const text = new TagSums();
    const numbers = new TagSums();
    sums.each((set, place, sum) => {
      const of = labels.set(set);
      const tag = text.add(stacks.nodes[place]!, of.text, sum);
      for (const number of of.numbers) numbers.add(tag, number, sum);
    });
    this.#byNode = labels.collect(text, numbers, cutoff);
  }

  of(node: number): NodeTags {
    return this.#byNode.get(node) ?? NO_TAGS;
  }
}

/** The samples that have a set, side by side, so that to go over them stack by stack reads little: a row for each. */
function largeSamples(
  stacks: TagStacks,
  samples: Uint32Array,
  { values, divisors }: SampleValues,
  setOf: (sample: number) => number,
): {
  readonly stack: Int32Array;
  readonly set: Int32Array;
  readonly value: Float64Array;
  readonly divisor: Float64Array;
} {
  const stack = new Int32Array(samples.length);
  const set = new Int32Array(samples.length);
  const value = new Float64Array(samples.length);
  const divisor = new Float64Array(samples.length);
  let length = 0;
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const own = setOf(sample);
    if (own < 0) continue;
    stack[length] = stacks.of[i]!;
    set[length] = own;
    value[length] = values.numbers[sample]!;
    divisor[length++] = divisors?.numbers[sample] ?? 0;
  }
  return { stack: stack.subarray(0, length), set, value, divisor };
}

/** Sums by pairs: of a node and a set of labels, or of such a pair and a number. */
class TagSums {
  readonly pairs: PairTable = new PairTable();
  readonly #flat: number[] = [];
  readonly #cum: number[] = [];
  readonly #flatDivisor: number[] = [];
  readonly #cumDivisor: number[] = [];

  add(first: number, second: number, { flat, cum, flatDivisor, cumDivisor }: TagSum): number {
    const row = this.#row(first, second);
    this.#flat[row]! += flat;
    this.#cum[row]! += cum;
    this.#flatDivisor[row]! += flatDivisor;
    this.#cumDivisor[row]! += cumDivisor;
    return row;
  }

  of(row: number): TagSum {
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

/** The labels that some samples have: their text as one tag, and their numbers. */
interface LabelSet {
  /** 0 for no text. */
  readonly text: number;
  readonly numbers: readonly number[];
}

/** Gives sets of labels, texts and numbers a row each; samples mostly share theirs. */
class LabelSets {
  readonly #selection: Selection;
  readonly #bytesUnit: string;
  readonly #unit: string;
  readonly #words: LabelWords;
  readonly #list: LabelSet[] = [];
  readonly #texts = new Map<string, number>([["", 0]]);
  readonly #numbers = new Map<string, number>();
  readonly #numberRows = new Map<number, number>();
  readonly #numberValues: number[] = [];
  readonly #bytesKeys = new Map<number, boolean>();

  constructor(selection: Selection, words: LabelWords, bytesUnit: string, unit: string) {
    this.#selection = selection;
    this.#words = words;
    this.#bytesUnit = bytesUnit;
    this.#unit = unit;
  }

  /** The row of a sample's labels, or -1 where it has none that count. */
  row(sample: number): number {
    const set = this.#words.of[sample] === 0 ? undefined : this.#make(sample);
    return set === undefined ? -1 : this.#list.push(set) - 1;
  }

  /** Leaves a sample's labels without a row; a number that is first here is still the first of those that print alike. */
  pass(sample: number): -1 {
    const { profile, hiddenLabels } = this.#selection;
    const { labelStart, labels } = profile.samples;
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++) {
      const key = labels.key[label]!;
      if (labels.str[label] !== 0 || !this.#isBytes(key) || hiddenLabels.has(key)) continue;
      if (labels.num[label] !== 0n || labels.numUnit[label] !== 0) this.#number(Number(labels.num[label]!));
    }
    return -1;
  }

  #isBytes(key: number): boolean {
    let known = this.#bytesKeys.get(key);
    if (known === undefined) {
      known = this.#selection.profile.strings.get(key) === "bytes";
      this.#bytesKeys.set(key, known);
    }
    return known;
  }

  set(row: number): LabelSet {
    return this.#list[row]!;
  }

  /** 1 for each set whose samples together could reach `cutoff` somewhere. */
  largeSets(setOf: Int32Array, samples: Uint32Array, { values }: SampleValues, cutoff: number): Uint8Array {
    const sizes = new Float64Array(this.#list.length);
    for (let i = 0; i < samples.length; i++) {
      const set = setOf[this.#words.of[samples[i]!]!]!;
      if (set >= 0) sizes[set]! += Math.abs(values.numbers[samples[i]!]!);
    }
    // Sets with the same text, or with a number in common, make one tag: only those that are alone in this can be small.
    const textSizes = new Float64Array(this.#texts.size);
    this.#list.forEach(({ text, numbers }, row) => {
      textSizes[text]! += sizes[row]! * Math.max(1, numbers.length);
    });
    return Uint8Array.from(this.#list, ({ text }) => (textSizes[text]! >= cutoff ? 1 : 0));
  }

  #make(sample: number): LabelSet | undefined {
    const { profile, hiddenLabels } = this.#selection;
    const { text, numbers } = labelsOf(profile, sample, hiddenLabels);
    const names = [...text].flatMap(([key, values]) =>
      key === BASE_LABEL ? [] : values.map((value) => dotText(`${key}:${value}`)),
    );
    const name = names.sort(compareText).join("\\n");
    const bytes = numbers.get("bytes")?.values ?? [];
    if (name === "" && bytes.length === 0) return undefined;
    return { text: rowOf(this.#texts, name), numbers: bytes.map((value) => this.#number(Number(value))) };
  }

  // Numbers that print alike are one tag, whose value is that of the first.
  #number(value: number): number {
    let row = this.#numberRows.get(value);
    if (row === undefined) {
      row = rowOf(this.#numbers, dotText(scaledLabel(value, this.#bytesUnit, this.#unit)));
      this.#numberValues[row] ??= value;
      this.#numberRows.set(value, row);
    }
    return row;
  }

  collect(text: TagSums, numbers: TagSums, cutoff: number): Map<number, NodeTags> {
    const setNames = [...this.#texts.keys()];
    const above = ({ flat, cum }: Pick<Tag, "flat" | "cum">): boolean =>
      Math.abs(flat) >= cutoff || Math.abs(cum) >= cutoff;
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
      const sums = text.of(row);
      if (name !== "" && above(sums)) tags.text.push({ name, unit: "", value: 0, ...sums });
    }
    for (let row = 0; row < numbers.pairs.length; row++) {
      const pair = numbers.pairs.first[row]!;
      const number = numbers.pairs.second[row]!;
      const sums = numbers.of(row);
      if (!above(sums)) continue;
      const of = byNode.get(text.pairs.first[pair]!)!.numbers;
      const set = setNames[text.pairs.second[pair]!]!;
      const list = of.get(set);
      const tag = {
        name: numberNames[number]!,
        unit: this.#bytesUnit,
        value: this.#numberValues[number]!,
        ...sums,
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
