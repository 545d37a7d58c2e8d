import { canonical, type Profile } from "@pprof-ts/profile";

/** The profile with the labels of each sample in `canonical`'s order and without empty ones, so that equal sets of labels are equal. */
export function withOrderedLabels(profile: Profile): Profile {
  return areOrdered(profile) ? profile : canonical(profile);
}

/** Whether it is plain to see that nothing is to be done, as for nearly all profiles. */
function areOrdered({ samples, strings }: Profile): boolean {
  const { labels, labelStart } = samples;
  const texts = new Map<number, string>();
  const keyOf = (label: number): string => {
    const row = labels.key[label]!;
    let text = texts.get(row);
    if (text === undefined) {
      text = strings.get(row);
      texts.set(row, text);
    }
    return text;
  };
  for (let row = 0; row < samples.length; row++) {
    for (let label = labelStart[row]!; label < labelStart[row + 1]!; label++) {
      const isNumber = labels.str[label] === 0;
      if (isNumber && labels.num[label] === 0n && labels.numUnit[label] === 0) return false;
      if (label === labelStart[row]) continue;
      const wasNumber = labels.str[label - 1] === 0;
      // In UTF-16 and in bytes ASCII has the same order.
      const hasOrder = isNumber === wasNumber ? keyOf(label - 1) < keyOf(label) : isNumber;
      if (!hasOrder || /[^\0-\x7f]/.test(keyOf(label))) return false;
    }
  }
  return true;
}
