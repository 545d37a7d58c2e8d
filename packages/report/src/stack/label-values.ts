// Hot: the labels of 900,000 samples are looked at one by one, in 20 ms. See bench/src/pages.ts.
import { type Profile, toNumbers } from "@pprof-ts/profile";

/** Which value each sample has for a label key: samples with the same value have the same number. */
export interface KeyValues {
  readonly key: string;
  /** By sample, the number of its value; numbers are given in the order in which values are first met. */
  readonly of: Int32Array;
  /** By such a number, the first sample that has it. */
  readonly seen: readonly number[];
}

/**
 * Numbers the values of a label key. To have none is a value, too. A sample that has several values for the key gets a number of its own,
 * even where another has the same ones.
 */
export function keyValues({ samples, strings }: Profile, wanted: string): KeyValues {
  const { labelStart, length } = samples;
  const { key, str, num, numUnit } = samples.labels;
  const of = new Int32Array(length);
  const seen: number[] = [];
  /** 1 for the rows of strings that are the key, of which there may be more than one. */
  const isKey = new Uint8Array(strings.length);
  const isKnown = new Uint8Array(strings.length);
  for (let label = 0; label < key.length; label++) {
    const row = key[label]!;
    if (isKnown[row] === 1) continue;
    isKnown[row] = 1;
    isKey[row] = strings.get(row) === wanted ? 1 : 0;
  }
  /** By text, the number of its value plus 1, that of nothing at 0. */
  const ofText = new Uint32Array(strings.length);
  /** The same by unit and number; what doubles do not tell apart is told by its bits. */
  const ofNumber = new Map<number, Map<number | bigint, number>>();
  let numbers: Float64Array | undefined;
  const numbered = (label: number, sample: number): number => {
    numbers ??= toNumbers(num);
    const number = Number.isSafeInteger(numbers[label]!) ? numbers[label]! : num[label]!;
    let ofUnit = ofNumber.get(numUnit[label]!);
    if (ofUnit === undefined) {
      ofUnit = new Map();
      ofNumber.set(numUnit[label]!, ofUnit);
    }
    let value = ofUnit.get(number);
    if (value === undefined) {
      value = seen.push(sample) - 1;
      ofUnit.set(number, value);
    }
    return value;
  };
  let label = labelStart[0]!;
  for (let sample = 0; sample < length; sample++) {
    let found = -1;
    let count = 0;
    for (const end = labelStart[sample + 1]!; label < end; label++) {
      if (isKey[key[label]!] === 0) continue;
      found = label;
      count++;
    }
    const text = found < 0 ? 0 : str[found]!;
    if (count > 1) of[sample] = seen.push(sample) - 1;
    else if (count === 1 && text === 0) of[sample] = numbered(found, sample);
    else {
      if (ofText[text] === 0) ofText[text] = seen.push(sample);
      of[sample] = ofText[text]! - 1;
    }
  }
  return { key: wanted, of, seen };
}
