/** The word that a mistyped one was probably meant to be: at most two letters (of five or more) wrong. */
export function nearest(mistyped: string, words: readonly string[]): string | undefined {
  const allowed = mistyped.length < 5 ? 1 : 2;
  let best: string | undefined;
  let least = allowed + 1;
  for (const word of words) {
    const wrong = distance(mistyped, word);
    if (wrong < least) {
      least = wrong;
      best = word;
    }
  }
  return best ?? words.find((word) => mistyped.length > 2 && word.startsWith(mistyped));
}

/** How many letters must be added, taken out, changed, or swapped with the next one. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, changed);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, before[j - 2]! + 1);
    }
    before = last;
    last = row;
  }
  return last[b.length]!;
}
