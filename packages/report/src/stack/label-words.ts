// Hot: numbering the labels of 900,000 samples is most of what a graph of 100 MB takes, so it is done once a profile. See
// bench/src/pages.ts.
import type { Profile } from "@pprof-ts/profile";
import { PairTable } from "./pair-table.ts";

/** The samples of a profile by their labels: those that have the same ones, in the same order, have one number. */
export interface LabelWords {
  /** By sample, its number; 0 where it has no label that counts. */
  readonly of: Int32Array;
  /** All numbers are below this one. */
  readonly length: number;
}

/** The key of the only numbers that are tags, as the reference tool has it. */
const NUMBERS = "bytes";

/** Numbers the labels of samples as far as they are tags: without keys in `hidden` (rows of strings), and without other numbers. */
export function labelWords({ samples, strings }: Profile, hidden: ReadonlySet<number>): LabelWords {
  const { labelStart, labels, length } = samples;
  const { key, str, numUnit } = labels;
  const num = new Int32Array(labels.num.buffer, labels.num.byteOffset, 2 * labels.length);
  // By row of strings: 1 for a key whose texts count, 2 for one whose numbers do, too.
  const counts = new Uint8Array(strings.length);
  for (const row of new Set(key)) counts[row] = hidden.has(row) ? 0 : strings.get(row) === NUMBERS ? 2 : 1;
  const of = new Int32Array(length);
  // A sample's labels are words in a row. Each step goes from the number of what came before and the next word to a new number, so that
  // the same words in the same order end at the same one.
  const words = new PairTable();
  for (let sample = 0; sample < length; sample++) {
    let word = 0;
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++) {
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
