// Hot: sees each of 11 million labels of 900,000 samples once, and looks a sample up once: numbering label by label has 20
// million rows of its own. See the shape `labels` of bench/src/shapes.ts.
import type { Profile } from "@pprof-ts/profile";

/** The samples of a profile by their labels: those that have the same ones, in the same order, have one number, but for a few. */
export interface LabelWords {
  /** By sample, its number; 0 where it has no label that counts. */
  readonly of: Int32Array;
  /** All numbers are below this one. */
  readonly length: number;
}

/** The key of the only numbers that are tags, as the reference tool has it. */
const NUMBERS = "bytes";
/** Labels are compared with so many others that have their hash, then they count as new: to have two numbers changes no sum. */
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
  const words = new Words(samples, counts);
  const of = new Int32Array(samples.length);
  for (let sample = 0; sample < of.length; sample++) of[sample] = words.of(sample);
  return { of, length: words.length };
}

/** Labels in a row, each word the first sample that has it: an open hash table. */
class Words {
  /** Word 0 is that without labels. */
  length = 1;
  readonly #start: Uint32Array;
  readonly #key: Uint32Array;
  readonly #str: Uint32Array;
  /** Numbers as halves. */
  readonly #num: Int32Array;
  readonly #unit: Uint32Array;
  readonly #counts: Uint8Array;
  readonly #first: Uint32Array;
  readonly #hashes: Int32Array;
  readonly #slots: Int32Array;

  constructor({ length, labelStart, labels }: Profile["samples"], counts: Uint8Array) {
    this.#start = labelStart;
    this.#key = labels.key;
    this.#str = labels.str;
    this.#num = new Int32Array(labels.num.buffer, labels.num.byteOffset, 2 * labels.length);
    this.#unit = labels.numUnit;
    this.#counts = counts;
    this.#first = new Uint32Array(length + 1);
    this.#hashes = new Int32Array(length + 1);
    let size = 1024;
    while (size < 2 * length) size *= 2;
    this.#slots = new Int32Array(size);
  }

  /** The number of a sample's labels. */
  of(sample: number): number {
    const hash = this.#hash(sample);
    if (hash === 0) return 0;
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let tries = 0; tries < MOST_COMPARED && slots[slot] !== 0; tries++) {
      const word = slots[slot]!;
      if (this.#hashes[word] === hash && this.#isSame(this.#first[word]!, sample)) return word;
      slot = (slot + 1) & mask;
    }
    const word = this.length++;
    this.#first[word] = sample;
    this.#hashes[word] = hash;
    if (slots[slot] === 0) slots[slot] = word;
    return word;
  }

  /** 0 where no label counts, and only there. */
  #hash(sample: number): number {
    const key = this.#key;
    const str = this.#str;
    const end = this.#start[sample + 1]!;
    let hash = 0;
    let counted = 0;
    for (let label = this.#start[sample]!; label < end; label++) {
      const text = str[label]!;
      if (this.#counts[key[label]!]! < (text === 0 ? 2 : 1)) continue;
      counted = 1;
      hash = mixed(hash ^ key[label]!);
      hash = mixed(hash ^ text);
      if (text !== 0) continue;
      hash = mixed(hash ^ this.#num[2 * label]!);
      hash = mixed(hash ^ this.#num[2 * label + 1]!);
      hash = mixed(hash ^ this.#unit[label]!);
    }
    hash ^= hash >>> 15;
    return hash === 0 ? counted : hash;
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
