import { fixed2, general2 } from "./format.ts";

interface Unit {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly factor: number;
}

interface UnitFamily {
  readonly base: { readonly name: string; readonly factor: number };
  readonly units: readonly Unit[];
}

function unit(name: string, factor: number, ...aliases: string[]): Unit {
  return { name, factor, aliases };
}

/** The families of units that values are scaled in, smallest unit first. */
const FAMILIES: readonly UnitFamily[] = [
  {
    base: { name: "B", factor: 1 },
    units: [
      unit("B", 1, "b", "byte"),
      unit("kB", 2 ** 10, "kb", "kbyte", "kilobyte"),
      unit("MB", 2 ** 20, "mb", "mbyte", "megabyte"),
      unit("GB", 2 ** 30, "gb", "gbyte", "gigabyte"),
      unit("TB", 2 ** 40, "tb", "tbyte", "terabyte"),
      unit("PB", 2 ** 50, "pb", "pbyte", "petabyte"),
    ],
  },
  {
    base: { name: "s", factor: 1e9 },
    units: [
      unit("ns", 1, "ns", "nanosecond"),
      unit("us", 1e3, "μs", "us", "microsecond"),
      unit("ms", 1e6, "ms", "millisecond"),
      unit("s", 1e9, "s", "sec", "second"),
      unit("hrs", 3600e9, "hour", "hr"),
    ],
  },
  {
    base: { name: "GCU", factor: 1 },
    units: [
      unit("n*GCU", 1e-9, "nanogcu"),
      unit("u*GCU", 1e-6, "microgcu"),
      unit("m*GCU", 1e-3, "milligcu"),
      unit("GCU", 1, "gcu"),
      unit("k*GCU", 1e3, "kilogcu"),
      unit("M*GCU", 1e6, "megagcu"),
      unit("G*GCU", 1e9, "gigagcu"),
      unit("T*GCU", 1e12, "teragcu"),
      unit("P*GCU", 1e15, "petagcu"),
    ],
  },
];

/** Counts with decimals, as some collapsed stacks have: what one of each is. They are shown as counts. */
const PARTS_OF_COUNTS: ReadonlyMap<string, number> = new Map([
  ["millicount", 1e-3],
  ["microcount", 1e-6],
  ["nanocount", 1e-9],
]);

const BORING = new Set(["count", "sample", "unit", "minimum", "auto"]);

/** A value and its unit; "" where there is none worth printing. */
export interface Measure {
  readonly value: number;
  readonly unit: string;
}

/** `value` in another unit, or in the largest one that leaves it at 1 or more for `minimum` and `auto`. */
export function scale(value: number, from: string, to: string): Measure {
  // The lowest int64 has no positive counterpart.
  if (value < 0 && value !== -(2 ** 63)) {
    const positive = scale(-value, from, to);
    return { value: -positive.value, unit: positive.unit };
  }
  const part = PARTS_OF_COUNTS.get(from);
  if (part !== undefined) return { value: value * part, unit: "" };
  for (const family of FAMILIES) {
    const source = unitNamed(family, from);
    if (source === undefined) continue;
    const inSmallest = value * source.factor;
    const target =
      (to === "minimum" || to === "auto" ? fitting(family, inSmallest) : unitNamed(family, to)) ?? family.base;
    return { value: inSmallest / target.factor, unit: target.name };
  }
  return { value, unit: BORING.has(to) ? "" : to };
}

function unitNamed(family: UnitFamily, name: string): Unit | undefined {
  let alias = name.toLowerCase();
  if (alias.length > 2 && alias.endsWith("s")) alias = alias.slice(0, -1);
  return family.units.find((unit) => unit.aliases.includes(alias));
}

function fitting(family: UnitFamily, value: number): Unit | undefined {
  let best: Unit | undefined;
  for (const unit of family.units) {
    if (unit.factor >= (best?.factor ?? 0) && value / unit.factor >= 1) best = unit;
  }
  return best;
}

/** A value with its unit as reports print it: `1.50kB`, `20ms`, `0`. */
export function scaledLabel(value: number, from: string, to: string): string {
  const { value: scaled, unit } = scale(value, from, to);
  let text = fixed2(scaled);
  if (text.endsWith(".00")) text = text.slice(0, -3);
  return text === "0" || text === "-0" ? "0" : text + unit;
}

/** What part of `total` a value is, in at least six columns: `12.50%`, `  100%`, `0.12%`. */
export function percentage(value: number, total: number): string {
  const ratio = total === 0 ? 0 : Math.abs(value / total) * 100;
  if (ratio >= 99.95 && ratio <= 100.05) return "  100%";
  return `${(ratio >= 1 ? fixed2(ratio) : general2(ratio)).padStart(5)}%`;
}
