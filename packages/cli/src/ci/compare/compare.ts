import { type Figures, MEASURES, type MeasureRow, type Taken } from "../measure/figures.ts";
import { detectable, type Shift, shiftOf } from "../statistics/shift.ts";
import { studentQuantile } from "../statistics/student.ts";

/**
 * How often chance alone may have any row of a table named, where nothing differs: each row is tested so strictly that all of
 * them together are (Bonferroni). One of twenty would be a false alarm in every twentieth pull request.
 */
const FALSE_ALARMS = 0.01;
/** Functions that take less than this of the whole are not looked at: each row more makes all tests stricter. */
const LEAST_SHARE = 0.005;
/** How often a change of the size that the power table says is found. */
const POWER = 0.8;
const POWER_RUNS = [5, 10, 20, 40];

/** More: slower or larger. */
export type Verdict = "more" | "less";

export interface Row {
  readonly name: string;
  /** Of a function, what it takes itself. */
  readonly own: Shift;
  /** Whether that is enough to be judged; of a function that calls others, what they take may be all. */
  readonly isJudged: boolean;
  readonly verdict: Verdict | undefined;
  /** Of a function, with all that it calls. */
  readonly total: Shift | undefined;
  readonly totalVerdict: Verdict | undefined;
  /** How the base differs from itself; undefined where there are too few runs for that. */
  readonly noise: Shift | undefined;
  /** Whether that alone would have the row named. */
  readonly isNoiseNamed: boolean;
  /** The least change that so many runs find, with a power of 80 %. */
  readonly detectable: number;
}

export type TableKind = "whole" | "function" | "case";

/** Rows that are judged together: named is what chance would name in one of a hundred such tables. */
export interface Table {
  readonly kind: TableKind;
  readonly measure: MeasureRow;
  /** What shares are of: the mean of the base's runs; undefined where each row's are of itself. */
  readonly whole: number | undefined;
  readonly rows: readonly Row[];
  readonly power: readonly Power[];
}

/** Which change so many runs find. */
export interface Power {
  readonly name: string;
  /** What shares are of; undefined where the change itself says more. */
  readonly whole: number | undefined;
  /** By number of runs, in the unit of the table. */
  readonly found: readonly { readonly runs: number; readonly change: number }[];
}

export interface Comparison {
  readonly tables: readonly Table[];
  /** How many runs on each side of the base's comparison with itself; 0: there was none. */
  readonly noiseRuns: number;
}

/** The runs of each side; `same` is of the base as well, in a worktree of its own. */
export interface Sides {
  readonly base: readonly Figures[];
  readonly head: readonly Figures[];
  readonly same: readonly Figures[];
}

/** `leastNanos`: the time between two samples. */
export function compare(sides: Sides, leastNanos: number): Comparison {
  const noise = noiseSides(sides);
  const all = [...sides.base, ...sides.head];
  const wholes = MEASURES.filter(({ name }) => all.every(({ whole }) => whole.has(name))).length;
  const of = (kind: TableKind, measure: MeasureRow, pick: Pick): Table | undefined => {
    const least = kind !== "whole" && measure.name === "cpu" ? leastNanos : measure.least;
    const columns = { old: sides.base.map(pick), new: sides.head.map(pick) };
    const against = [noise[0].map(pick), noise[1].map(pick)] as const;
    // The measures of whole runs are a table each, and judged together.
    return tableOf({ kind, measure, least, tables: kind === "whole" ? wholes : 1 }, columns, against);
  };
  const cpu = MEASURES.find(({ name }) => name === "cpu")!;
  const tables = [
    ...MEASURES.map((measure) => of("whole", measure, wholeOf(measure))),
    ...MEASURES.map((measure) => of("function", measure, ({ functions }) => functions.get(measure.name))),
    of("case", cpu, ({ cases }) => cases),
  ];
  return { tables: tables.filter((table) => table !== undefined), noiseRuns: noise[0].length };
}

type Pick = (figures: Figures) => ReadonlyMap<string, Taken> | undefined;
type Columns = readonly (ReadonlyMap<string, Taken> | undefined)[];

function wholeOf({ name, title }: MeasureRow): Pick {
  return ({ whole }) => {
    const value = whole.get(name);
    return value === undefined ? undefined : new Map([[title, { own: value, total: value }]]);
  };
}

/** The base against itself: as often as against the head, or two halves of its runs, each as early and as late as the other. */
function noiseSides({ base, same }: Sides): readonly [readonly Figures[], readonly Figures[]] {
  if (same.length > 0) return [base, same];
  const half = (which: number): Figures[] => base.filter((_, i) => (((i + 1) >> 1) & 1) === which);
  const [a, b] = [half(0), half(1)];
  const size = Math.min(a.length, b.length);
  return size < 2 ? [[], []] : [a.slice(0, size), b.slice(0, size)];
}

interface TableOptions {
  readonly kind: TableKind;
  readonly measure: MeasureRow;
  /** How exactly a value is known at best. */
  readonly least: number;
  /** With how many others of its size it is judged. */
  readonly tables: number;
}

function tableOf(
  { kind, measure, least, tables }: TableOptions,
  sides: { readonly old: Columns; readonly new: Columns },
  noise: readonly [Columns, Columns],
): Table | undefined {
  const all = [...sides.old, ...sides.new];
  const isTold = (column: Columns[number]): boolean => column !== undefined;
  // A run may be too short for a sample; a value of the whole that one run lacks cannot be made up.
  if (!(kind === "whole" ? all.every(isTold) : all.some(isTold))) return undefined;
  const sums = all.map((column) => sumOf(column ?? new Map()));
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const names = new Set(all.flatMap((column) => [...(column?.keys() ?? [])]));
  const value = (columns: Columns, name: string, part: keyof Taken): number[] =>
    columns.map((column) => column?.get(name)?.[part] ?? 0);
  const isLarge = (name: string, part: keyof Taken): boolean =>
    mean(value(all, name, part)) >= LEAST_SHARE * mean(sums);
  const shown = [...names].filter((name) => isLarge(name, "total"));
  if (shown.length === 0) return undefined;
  const isFunction = kind === "function";
  const judged = new Set(shown.filter((name) => isLarge(name, "own")));
  const tail = FALSE_ALARMS / 2 / tables / (judged.size + (isFunction ? shown.length : 0));
  const judge = judging(tail);
  const whole = isFunction ? mean(sums.slice(0, sides.old.length)) : undefined;
  const runs = sides.old.length;
  const rows = shown.map((name): Row => {
    const shift = (part: keyof Taken): Shift =>
      shiftOf(value(sides.old, name, part), value(sides.new, name, part), least);
    const noiseOf = (part: keyof Taken): Shift | undefined =>
      noise[0].length === 0 ? undefined : shiftOf(value(noise[0], name, part), value(noise[1], name, part), least);
    const [own, total] = [shift("own"), isFunction ? shift("total") : undefined];
    const [ownNoise, totalNoise] = [noiseOf("own"), noiseOf("total")];
    return {
      name,
      own,
      isJudged: judged.has(name),
      verdict: judged.has(name) ? judge(own, ownNoise) : undefined,
      total,
      totalVerdict: total && judge(total, totalNoise),
      noise: ownNoise,
      isNoiseNamed: judged.has(name) && ownNoise !== undefined && judge(ownNoise, undefined) !== undefined,
      detectable: detectable({ error: own.error, runs }, runs, tail, POWER),
    };
  });
  rows.sort((a, b) => Math.abs(b.own.change) - Math.abs(a.own.change) || (a.name < b.name ? -1 : 1));
  return { kind, measure, whole, rows, power: powerOf(kind, measure, rows, whole, runs, tail) };
}

function sumOf(column: ReadonlyMap<string, Taken>): number {
  let sum = 0;
  for (const { own } of column.values()) sum += own;
  return sum;
}

/** Names a change that chance hardly makes, and that is more than what the base differs from itself by. */
function judging(tail: number): (shift: Shift, noise: Shift | undefined) => Verdict | undefined {
  const known = new Map<number, number>();
  return ({ change, error, freedom }, noise) => {
    if (freedom <= 0 || change === 0) return undefined;
    const critical = known.get(freedom) ?? studentQuantile(tail, freedom);
    known.set(freedom, critical);
    const isNamed = Math.abs(change) > critical * error && Math.abs(change) > Math.abs(noise?.change ?? 0);
    return isNamed ? (change > 0 ? "more" : "less") : undefined;
  };
}

/** The row in the middle by its error stands for all of a table. */
function powerOf(
  kind: TableKind,
  { title }: MeasureRow,
  rows: readonly Row[],
  whole: number | undefined,
  runs: number,
  tail: number,
): Power[] {
  const errors = rows
    .filter(({ isJudged }) => isJudged)
    .map(({ own }) => own.error)
    .filter((error) => Number.isFinite(error))
    .sort((a, b) => a - b);
  if (errors.length === 0) return [];
  const line = (name: string, error: number, of: number | undefined): Power => ({
    name,
    whole: of,
    found: POWER_RUNS.map((wanted) => ({ runs: wanted, change: detectable({ error, runs }, wanted, tail, POWER) })),
  });
  const middle = errors[errors.length >> 1]!;
  if (kind === "whole") return [line(title, middle, rows[0]!.own.old)];
  const of = kind === "function" ? `function, of all ${title}` : "case";
  return [line(`a ${of}`, middle, whole), line(`the noisiest ${of}`, errors.at(-1)!, whole)];
}
