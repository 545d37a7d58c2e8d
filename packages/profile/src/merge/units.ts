/** A unit of a family, in terms of the family's base; other names of it are matched in lower case. */
interface Unit {
  readonly names: readonly string[];
  readonly factor: number;
}

/** The families of units that convert into each other, as the reference tool knows them. */
const FAMILIES: readonly (readonly Unit[])[] = [
  [
    { names: ["b", "byte"], factor: 1 },
    { names: ["kb", "kbyte", "kilobyte"], factor: 2 ** 10 },
    { names: ["mb", "mbyte", "megabyte"], factor: 2 ** 20 },
    { names: ["gb", "gbyte", "gigabyte"], factor: 2 ** 30 },
    { names: ["tb", "tbyte", "terabyte"], factor: 2 ** 40 },
    { names: ["pb", "pbyte", "petabyte"], factor: 2 ** 50 },
  ],
  [
    { names: ["ns", "nanosecond"], factor: 1 },
    { names: ["us", "\u03bcs", "\u00b5s", "microsecond"], factor: 1e3 },
    { names: ["ms", "millisecond"], factor: 1e6 },
    { names: ["s", "sec", "second"], factor: 1e9 },
    { names: ["hour", "hr"], factor: 3600e9 },
  ],
  [
    { names: ["nanogcu"], factor: 1e-9 },
    { names: ["microgcu"], factor: 1e-6 },
    { names: ["milligcu"], factor: 1e-3 },
    { names: ["gcu"], factor: 1 },
    { names: ["kilogcu"], factor: 1e3 },
    { names: ["megagcu"], factor: 1e6 },
    { names: ["gigagcu"], factor: 1e9 },
    { names: ["teragcu"], factor: 1e12 },
    { names: ["petagcu"], factor: 1e15 },
  ],
  // Counts with decimals, which the reference tool does not have.
  [
    { names: ["count"], factor: 1 },
    { names: ["millicount"], factor: 1e-3 },
    { names: ["microcount"], factor: 1e-6 },
    { names: ["nanocount"], factor: 1e-9 },
  ],
];

/** How many `to` one `from` is, or undefined where they do not convert; 1 for a unit and itself, known or not. */
export function unitRatio(from: string, to: string): number | undefined {
  if (from === to) return 1;
  for (const family of FAMILIES) {
    const unit = find(family, from);
    const other = find(family, to);
    if (unit !== undefined && other !== undefined) return unit.factor / other.factor;
  }
  return undefined;
}

function find(family: readonly Unit[], unit: string): Unit | undefined {
  const lower = unit.toLowerCase();
  const name = lower.length > 2 && lower.endsWith("s") ? lower.slice(0, -1) : lower;
  return family.find(({ names }) => names.includes(name));
}
