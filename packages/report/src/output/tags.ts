import type { Analysis } from "../analyze.ts";
import { compareText, padLeft, runeCount } from "../go-format.ts";
import { valueAt } from "../int64.ts";
import { formatIn } from "../measure.ts";
import { percentage, scaledLabel } from "../units.ts";

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
  const { selection, options, values, labelUnits } = analysis;
  const { samples, strings } = selection.profile;
  const { labelStart, labels } = samples;
  // Samples share most of their labels: sum by rows, and look at texts once for each pair.
  const sums = new Map<string, { label: number; sum: bigint }>();
  for (const sample of selection.samples) {
    for (let label = labelStart[sample]!; label < labelStart[sample + 1]!; label++) {
      const key = `${labels.key[label]},${labels.str[label]},${labels.num[label]},${labels.numUnit[label]}`;
      const value = valueAt(values.values, sample);
      const known = sums.get(key);
      if (known === undefined) sums.set(key, { label, sum: value });
      else known.sum += value;
    }
  }
  const byKey = new Map<string, Map<string, { value: bigint; low: bigint; high: bigint; isText: boolean }>>();
  for (const { label, sum } of sums.values()) {
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
