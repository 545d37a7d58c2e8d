// Hot: numbers the labels of 900,000 samples, once a profile. See bench/src/pages.ts, and the shape `labels` of
// bench/src/shapes.ts for samples with many, where numbering one label after the other has a row for nearly each: 4.8 s
// of processor time for `-dot`, now 2.4.
import type { Profile } from "@pprof-ts/profile";
import { grown } from "./grown.ts";
import { PairTable } from "./pair-table.ts";

/** The samples of a profile by their labels: those that have the same ones, in the same order, have one number, but for a few. */
export interface LabelWords {
  /** By sample, its number; 0 where it has no label that counts. */
  readonly of: Int32Array;
  /** All numbers are below this one. */
  readonly length: number;
}

/** The key of the only numbers that are tags, as the reference tool has it. */
const NUMBERS = "bytes";
/** So few labels are numbered one after the other, in tables that stay in the processor's cache. */
const FEW = 4;
/** More are compared with so many others that have their hash, then they count as new: to have two numbers changes no sum. */
const MOST_COMPARED = 32;

/** Numbers the labels of samples as far as they are tags: without keys in `hidden` (rows of strings), and without other numbers. */
export function labelWords({ samples, strings }: Profile, hidden: ReadonlySet<number>): LabelWords {
  const { key } = samples.labels;
  // By row of strings: 1 for a key whose texts count, 2 for one whose numbers do, too.
  const counts = new Uint8Array(strings.length);
  const isKnown = new Uint8Array(strings.length);
  for (let label = 0; label < key.length; label++) {
    const row = key[label]!;
    if (isKnown[row] === 1) continue;
    isKnown[row] = 1;
    counts[row] = hidden.has(row) ? 0 : strings.get(row) === NUMBERS ? 2 : 1;
  }
  const { labelStart, labels } = samples;
  const { str, numUnit } = labels;
  const num = new Int32Array(labels.num.buffer, labels.num.byteOffset, 2 * labels.length);
  const of = new Int32Array(samples.length);
  // A sample's labels are words in a row. Each step goes from the number of what came before and the next word to a new number, so that
  // the same words in the same order end at the same one.
  const words = new PairTable();
  const many = new ManyLabels(samples, counts);
  for (let sample = 0; sample < of.length; sample++) {
    const end = labelStart[sample + 1]!;
    if (end - labelStart[sample]! > FEW && many.count(sample) > FEW) {
      of[sample] = 1 + words.row(-1, many.row(sample));
      continue;
    }
    let word = 0;
    for (let label = labelStart[sample]!; label < end; label++) {
      if (counts[key[label]!]! < (str[label] === 0 ? 2 : 1)) continue;
      word = 1 + words.row(word, key[label]!);
      word = 1 + words.row(word, str[label]!);
      if (str[label] !== 0) continue;
      word = 1 + words.row(word, num[2 * label]!);
      word = 1 + words.row(word, num[2 * label + 1]!);
      word = 1 + words.row(word, numUnit[label]!);
    }
    of[sample] = word;
  }
  return { of, length: words.length + 1 };
}

/** The labels of samples that have many: an open hash table. */
class ManyLabels {
  #length = 0;
  readonly #start: Uint32Array;
  readonly #key: Uint32Array;
  readonly #str: Uint32Array;
  /** Numbers as halves. */
  readonly #num: Int32Array;
  readonly #unit: Uint32Array;
  readonly #counts: Uint8Array;
  /** By row, the first sample with these labels. */
  #first = new Uint32Array(1024);
  #hashes = new Int32Array(1024);
  #slots = new Int32Array(4096);

  constructor({ labelStart, labels }: Profile["samples"], counts: Uint8Array) {
    this.#start = labelStart;
    this.#key = labels.key;
    this.#str = labels.str;
    this.#num = new Int32Array(labels.num.buffer, labels.num.byteOffset, 2 * labels.length);
    this.#unit = labels.numUnit;
    this.#counts = counts;
  }

  /** How many labels of a sample count. */
  count(sample: number): number {
    let count = 0;
    for (let label = this.#start[sample]!; label < this.#start[sample + 1]!; label++) {
      if (this.#isCounted(label)) count++;
    }
    return count;
  }

  /** The row of a sample's labels. */
  row(sample: number): number {
    const hash = this.#hash(sample);
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let tries = 0; tries < MOST_COMPARED && slots[slot] !== 0; tries++) {
      const row = slots[slot]! - 1;
      if (this.#hashes[row] === hash && this.#isSame(this.#first[row]!, sample)) return row;
      slot = (slot + 1) & mask;
    }
    const row = this.#length++;
    if (row === this.#first.length) {
      this.#first = grown(this.#first, new Uint32Array(2 * row));
      this.#hashes = grown(this.#hashes, new Int32Array(2 * row));
    }
    this.#first[row] = sample;
    this.#hashes[row] = hash;
    if (slots[slot] === 0) slots[slot] = row + 1;
    if (2 * this.#length >= slots.length) this.#rehash();
    return row;
  }

  #rehash(): void {
    const slots = new Int32Array(4 * this.#slots.length);
    const mask = slots.length - 1;
    for (let row = 0; row < this.#length; row++) {
      let slot = this.#hashes[row]! & mask;
      for (let tries = 0; tries < MOST_COMPARED && slots[slot] !== 0; tries++) slot = (slot + 1) & mask;
      if (slots[slot] === 0) slots[slot] = row + 1;
    }
    this.#slots = slots;
  }

  #hash(sample: number): number {
    const key = this.#key;
    const str = this.#str;
    const end = this.#start[sample + 1]!;
    let hash = 0;
    for (let label = this.#start[sample]!; label < end; label++) {
      const text = str[label]!;
      if (this.#counts[key[label]!]! < (text === 0 ? 2 : 1)) continue;
      hash = mixed(hash ^ key[label]!);
      hash = mixed(hash ^ text);
      if (text !== 0) continue;
      hash = mixed(hash ^ this.#num[2 * label]!);
      hash = mixed(hash ^ this.#num[2 * label + 1]!);
      hash = mixed(hash ^ this.#unit[label]!);
    }
    return hash ^ (hash >>> 15);
  }

  #isSame(sample: number, other: number): boolean {
    const end = this.#start[sample + 1]!;
    const otherEnd = this.#start[other + 1]!;
    let label = this.#start[sample]!;
    let at = this.#start[other]!;
    for (;;) {
      while (label < end && !this.#isCounted(label)) label++;
      while (at < otherEnd && !this.#isCounted(at)) at++;
      if (label === end || at === otherEnd) return label === end && at === otherEnd;
      const text = this.#str[label]!;
      if (this.#key[label] !== this.#key[at] || text !== this.#str[at]) return false;
      if (text === 0 && !this.#isSameNumber(label, at)) return false;
      label++;
      at++;
    }
  }

  #isCounted(label: number): boolean {
    return this.#counts[this.#key[label]!]! >= (this.#str[label] === 0 ? 2 : 1);
  }

  #isSameNumber(label: number, other: number): boolean {
    const num = this.#num;
    const isSame = num[2 * label] === num[2 * other] && num[2 * label + 1] === num[2 * other + 1];
    return isSame && this.#unit[label] === this.#unit[other];
  }
}

function mixed(word: number): number {
  return Math.imul((word << 5) | (word >>> 27), 0x9e3779b1);
}
