import type { Analysis } from "../../analyze.ts";
import { compareText, padLeft, runeCount } from "../../go/format.ts";
import { percentage, scaledLabel } from "../../go/units.ts";
import { PairTable } from "../../stack/pair-table.ts";
import { formatIn } from "../measure.ts";

/** What the samples with a label are worth, in all and for each value of it, largest first. */
export interface LabelTotals {
  readonly key: string;
  readonly total: bigint;
  readonly values: readonly LabelTotal[];
}

interface LabelTotal {
  readonly name: string;
  readonly value: bigint;
  /** The smallest and the largest number that the name stands for, as a tag filter has them; undefined for a text. */
  readonly range: string | undefined;
}

/** All labels of the samples, by key. */
export function labelTotals(analysis: Analysis): LabelTotals[] {
  const { selection, options, labelUnits } = analysis;
  const { samples, strings } = selection.profile;
  const { labels } = samples;
  const byKey = new Map<string, Map<string, { value: bigint; low: bigint; high: bigint; isText: boolean }>>();
  for (const { label, sum } of labelSums(analysis)) {
    const isText = labels.str[label] !== 0;
    if (!isText && labels.num[label] === 0n && labels.numUnit[label] === 0) continue;
    if (selection.hiddenLabels.has(labels.key[label]!)) continue;
    const key = strings.get(labels.key[label]!);
    const name = isText
      ? strings.get(labels.str[label]!)
      : scaledLabel(Number(labels.num[label]!), labelUnits.get(key) ?? "", options.unit);
    const of = byKey.get(key) ?? new Map();
    byKey.set(key, of);
    const number = labels.num[label]!;
    const known = of.get(name);
    if (known === undefined) of.set(name, { value: sum, low: number, high: number, isText });
    else {
      known.value += sum;
      if (number < known.low) known.low = number;
      if (number > known.high) known.high = number;
    }
  }
  const size = (value: bigint): bigint => (value < 0n ? -value : value);
  return [...byKey]
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, of]) => ({
      key,
      total: BigInt.asIntN(
        64,
        [...of.values()].reduce((sum, { value }) => sum + value, 0n),
      ),
      values: [...of]
        .map(([name, { value, low, high, isText }]) => {
          const unit = labelUnits.get(key) ?? "";
          const range = isText ? undefined : `${low}${unit}:${high}${unit}`;
          return { name, value: BigInt.asIntN(64, value), range };
        })
        .sort((a, b) => Number(size(b.value) - size(a.value)) || compareText(a.name, b.name)),
    }));
}

/** The sums of equal labels, each with the first of them: samples share most of theirs, so texts are looked at once. */
function* labelSums({ selection, values }: Analysis): Generator<{ readonly label: number; readonly sum: bigint }> {
  const { labelStart, labels } = selection.profile.samples;
  const { key, str, num, numUnit } = labels;
  const words = new Int32Array(num.buffer, num.byteOffset, 2 * num.length);
  const { numbers, exact } = values.values;
  // Of text the row of its key and its own; of a number the rows of its key and unit, and then its halves.
  const [texts, kinds, halves, counts] = [new PairTable(), new PairTable(), new PairTable(), new PairTable()];
  const ofText: number[] = [];
  const ofNumber: number[] = [];
  // They are int64 where their sizes add up to what no double tells apart.
  const textSums: (number | bigint)[] = [];
  const numberSums: (number | bigint)[] = [];
  for (const sample of selection.samples) {
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++) {
      const isText = str[label] !== 0;
      const row = isText
        ? texts.row(key[label]!, str[label]!)
        : counts.row(halves.row(kinds.row(key[label]!, numUnit[label]!), words[2 * label]!), words[2 * label + 1]!);
      const first = isText ? ofText : ofNumber;
      const sums = isText ? textSums : numberSums;
      if (row === first.length) {
        first.push(label);
        sums.push(exact === undefined ? 0 : 0n);
      }
      sums[row] =
        exact === undefined ? (sums[row] as number) + numbers[sample]! : (sums[row] as bigint) + exact[sample]!;
    }
  }
  for (const [i, label] of ofText.entries()) yield { label, sum: BigInt(textSums[i]!) };
  for (const [i, label] of ofNumber.entries()) yield { label, sum: BigInt(numberSums[i]!) };
}

export function printTags(analysis: Analysis): string {
  const format = formatIn(analysis, analysis.options.unit);
  const total = Number(analysis.total);
  const share = (value: bigint): string => (analysis.total > 0n ? ` (${percentage(Number(value), total)})` : "");
  return labelTotals(analysis)
    .map(({ key, total: keyTotal, values }) => {
      const cells = values.map(({ value }) => `${format(Number(value))}${share(value)}:`);
      const width = cells.reduce((most, cell) => Math.max(most, runeCount(cell)), 0) + 1;
      const indent = " ".repeat(runeCount(key) + 2);
      const lines = values.map(({ name }, i) => `${indent}${padLeft(cells[i]!, width)} ${name}\n`);
      return ` ${key}: Total ${format(Number(keyTotal))} of ${format(total)}${share(keyTotal)}\n${lines.join("")}\n`;
    })
    .join("");
}
