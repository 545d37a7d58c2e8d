// Hot: looks at each of 11 million labels of 900,000 samples once, which takes -dot of them from 12 s of processor time and
// 1.3 GB to 2 s and 0.4 GB. See the shape `labels` of bench/src/shapes.ts.
import { BASE_LABEL } from "@pprof-ts/profile";
import type { LabelWords } from "../stack/label-words.ts";
import type { SampleValues } from "./graph.ts";
import type { CountedStacks } from "./walk.ts";

const MOST_BUCKETS = 1 << 20;
const COLON = 58;
/** Odd, for products modulo 2^32. */
const BASE = 0x01000193;
/** What texts of several labels are joined by; a label that holds it may pass for two. */
const JOINT = "\\n";
/** Sums of doubles may have lost so much. */
const SLACK = 1 - 1e-9;

/**
 * Tells of which label words, 1 for each, the text of all labels together may reach `cutoff`: all words of one text go to one
 * bucket, perhaps with others, and the others' buckets hold too little. So texts, which every sample may have one of its
 * own, need not be made.
 */
export function mayBeLarge(
  { selection, samples }: Pick<CountedStacks, "selection" | "samples">,
  { values }: SampleValues,
  words: LabelWords,
  cutoff: number,
): Uint8Array {
  const may = new Uint8Array(words.length).fill(1);
  const { profile, hiddenLabels } = selection;
  const { labelStart, labels } = profile.samples;
  // What the samples of each word are worth, and one of them, plus 1.
  const sizeOf = new Float64Array(words.length);
  const sampleOf = new Uint32Array(words.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i]!;
    const word = words.of[sample]!;
    sizeOf[word]! += Math.abs(values.numbers[sample]!);
    sampleOf[word] = sample + 1;
  }
  const texts = new TextHashes(profile.strings);
  let buckets = 1;
  while (buckets < 2 * words.length && buckets < MOST_BUCKETS) buckets *= 2;
  const bucketOf = new Uint32Array(words.length);
  const sizes = new Float64Array(buckets);
  for (let word = 0; word < words.length; word++) {
    if (sampleOf[word] === 0) continue;
    const sample = sampleOf[word]! - 1;
    let hash = 0;
    let numbers = 0;
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++) {
      const key = labels.key[label]!;
      const text = labels.str[label]!;
      if (text === 0) numbers++;
      // Order tells nothing: the text is sorted.
      else if (!hiddenLabels.has(key)) hash = (hash + texts.pair(key, text)) | 0;
    }
    if (texts.isOdd) return may;
    const bucket = mixed(hash) & (buckets - 1);
    bucketOf[word] = bucket;
    // Each number of a sample may be counted for the same tag.
    sizes[bucket]! += sizeOf[word]! * Math.max(1, numbers);
  }
  for (let word = 0; word < words.length; word++) if (sizes[bucketOf[word]!]! < cutoff * SLACK) may[word] = 0;
  return may;
}

/** Hashes of texts that are put together, made from those of their parts: `a:b` and `c`, `a` and `b:c` are the same. */
class TextHashes {
  /** Whether some text may pass for several labels. */
  isOdd = false;
  readonly #strings: { get(row: number): string };
  readonly #known: Uint8Array;
  readonly #hash: Int32Array;
  /** By row, BASE to the power of the text's length. */
  readonly #power: Int32Array;
  readonly #isBase: Uint8Array;

  constructor(strings: { get(row: number): string; readonly length: number }) {
    this.#strings = strings;
    this.#known = new Uint8Array(strings.length);
    this.#hash = new Int32Array(strings.length);
    this.#power = new Int32Array(strings.length);
    this.#isBase = new Uint8Array(strings.length);
  }

  pair(key: number, text: number): number {
    if (this.#known[key] === 0) this.#read(key);
    if (this.#known[text] === 0) this.#read(text);
    if (this.#isBase[key] === 1) return 0;
    const before = (Math.imul(this.#hash[key]!, BASE) + COLON) | 0;
    return mixed((Math.imul(before, this.#power[text]!) + this.#hash[text]!) | 0);
  }

  #read(row: number): void {
    const text = this.#strings.get(row);
    let hash = 0;
    let power = 1;
    for (let i = 0; i < text.length; i++) {
      hash = (Math.imul(hash, BASE) + text.charCodeAt(i)) | 0;
      power = Math.imul(power, BASE);
    }
    this.#known[row] = 1;
    this.#hash[row] = hash;
    this.#power[row] = power;
    this.#isBase[row] = text === BASE_LABEL ? 1 : 0;
    if (text.includes(JOINT)) this.isOdd = true;
  }
}

function mixed(word: number): number {
  let h = Math.imul(word ^ (word >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return h ^ (h >>> 15);
}
