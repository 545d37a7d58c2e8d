import type { Row, Table, Verdict } from "../compare/compare.ts";
import type { Exceeded } from "../compare/limits.ts";
import type { Result } from "../compare/result.ts";
import { amount, count, percent, shareInterval, shareOf, signed, valueInterval } from "./amounts.ts";

/** A cell that is a name is shown as such, and cut where there is no room. */
export interface ToldTable {
  readonly header: readonly string[];
  /** The name is the last cell. */
  readonly rows: readonly (readonly string[])[];
  /** Whether the names are of code. */
  readonly isCode: boolean;
}

/** A part of what is told, for a terminal and for Markdown alike. */
export interface Section {
  /** "" for the first one. */
  readonly title: string;
  readonly sentences: readonly string[];
  readonly table?: ToldTable;
  /** Whether a reader may do without it. */
  readonly isDetail: boolean;
}

const WITHIN = "within noise";

/** All that there is to say, what matters first; of each table so many rows, and of details so many. */
export function sectionsOf(result: Result, most: number, mostDetails: number): Section[] {
  const { comparison } = result;
  const ofKind = (kind: Table["kind"]): Table[] => comparison.tables.filter((table) => table.kind === kind);
  const parts = [...ofKind("function"), ...ofKind("case")];
  return [
    { title: "", sentences: verdicts(result), isDetail: false },
    ...noise(result),
    ...wholes(ofKind("whole")),
    ...parts.flatMap((table) => changes(table, result, most)),
    ...ofKind("function").flatMap((table) => callers(table, mostDetails)),
    ...power(result),
    ...parts.flatMap((table) => rest(table, mostDetails)),
    { title: "How this was measured", sentences: method(result), isDetail: true },
  ];
}

/** What became slower, faster, larger, and whether that may be, in a sentence each. */
function verdicts(result: Result): string[] {
  const { comparison, exceeded, limits, runs } = result;
  const lines: string[] = [];
  if (runs === 1)
    lines.push("One run of each says nothing of chance, so nothing is named and no limit is judged: -n=10 does.");
  for (const { kind, measure, rows } of comparison.tables) {
    if (kind === "whole") {
      const [{ own, verdict }] = rows as [Row];
      if (verdict !== undefined) {
        lines.push(`${capital(measure.title)}: ${measure.words[verdict]}, ${shareOf(own)} (${shareInterval(own)}).`);
      }
      continue;
    }
    for (const verdict of ["more", "less"] as const) {
      const named = rows.filter((row) => row.verdict === verdict);
      if (named.length === 0) continue;
      const of = kind === "case" ? "" : measure.name === "cpu" ? "" : `, by ${measure.title}`;
      lines.push(`${capital(count(named.length, kind))} became ${measure.words[verdict]}${of}.`);
    }
  }
  if (lines.length === 0) lines.push("Nothing became slower, faster or larger: all that differs is within noise.");
  lines.push(...exceeded.map(exceededText));
  if (exceeded.length === 0 && runs > 1) {
    const texts = limits.limits.map(({ name, text }) => `${name} ${text}`);
    lines.push(texts.length === 0 ? "There are no limits." : `No limit is exceeded (${texts.join(", ")}).`);
  }
  return lines;
}

/** A limit that has been exceeded, in a sentence. */
export function exceededText({ limit, table: { kind, measure, whole }, row: { name, own } }: Exceeded): string {
  const grown = limit.share === undefined ? signed(own.change, measure.unit) : shareOf(own, whole);
  const of = limit.share !== undefined && whole !== undefined ? ` of all ${measure.title}` : "";
  return `Limit exceeded: ${kind === "whole" ? "" : `${limit.name} `}${name} ${grown}${of}; ${limit.text} is allowed.`;
}

/** How the base differs from itself, which is nothing but noise. */
function noise({ comparison, again }: Result): Section[] {
  const { tables, noiseRuns } = comparison;
  const title = "Noise: the base against itself";
  if (noiseRuns === 0) {
    return [{ title, sentences: ["So few runs cannot be halved: four of each, or -aa, tell it."], isDetail: false }];
  }
  const runs = `${noiseRuns} runs against ${noiseRuns}${again ? ", in two worktrees" : ", halves of those below"}`;
  const moves = tables.flatMap(({ kind, measure, rows, whole }) => {
    const shifts = rows.flatMap(({ noise }) => (noise === undefined ? [] : [noise]));
    const [first] = shifts;
    if (first === undefined) return [];
    if (kind === "whole") return [`${measure.title} ${shareOf(first)} (${shareInterval(first)})`];
    const largest = shifts.reduce((a, b) => (Math.abs(b.change) > Math.abs(a.change) ? b : a));
    const share = whole === undefined ? "" : `, ${percent(Math.abs(largest.change) / whole)} of all`;
    return [`no ${kind} by more than ${amount(Math.abs(largest.change), measure.unit)}${share}`];
  });
  const named = tables.flatMap(({ rows }) => rows.filter(({ isNoiseNamed }) => isNoiseNamed));
  const sentences = [`With nothing changed (${runs}): ${moves.join("; ")}.`];
  if (named.length > 0) {
    sentences.push(
      `That alone would have ${named.map(({ name }) => name).join(", ")} named: this machine changes while it measures, so believe nothing of that size.`,
    );
  }
  return [{ title, sentences, isDetail: false }];
}

function wholes(tables: readonly Table[]): Section[] {
  const rows = tables.map(({ measure, rows: [row] }) => {
    const { own, verdict } = row!;
    return [
      amount(own.old, measure.unit),
      amount(own.new, measure.unit),
      shareOf(own),
      shareInterval(own),
      verdictText(measure.words, verdict, own.freedom),
      measure.title,
    ];
  });
  const header = ["base", "head", "change", "95% interval", "", "of a run"];
  return rows.length === 0
    ? []
    : [{ title: "Whole runs", sentences: [], table: { header, rows, isCode: false }, isDetail: false }];
}

function verdictText(words: Readonly<Record<Verdict, string>>, verdict: Verdict | undefined, freedom: number): string {
  return verdict === undefined ? (freedom > 0 ? WITHIN : "?") : words[verdict];
}

const NOUNS = { function: "function", case: "case" } as const;

function changes(table: Table, { runs }: Result, most: number): Section[] {
  const { kind, measure, rows, whole } = table;
  if (kind === "whole") return [];
  const noun = NOUNS[kind];
  const title = `${kind === "function" ? "Functions" : "Cases"}, by ${measure.title}`;
  const named = rows.filter(({ verdict }) => verdict !== undefined);
  const judged = rows.filter(({ isJudged }) => isJudged);
  const compared = `${count(judged.length, noun)} with 0.5% of it or more`;
  if (named.length === 0) {
    const least = judged.map(({ detectable }) => detectable).sort((a, b) => a - b)[judged.length >> 1] ?? 0;
    const seen = `of ${compared} a change by ${amount(least, measure.unit)} would have been found in the middle one`;
    return [
      { title, sentences: [runs > 1 ? `None is named; ${seen}.` : `None is named of ${compared}.`], isDetail: false },
    ];
  }
  const shown = named.slice(0, most);
  const more = named.length > shown.length ? [`${shown.length} of ${named.length} that changed most.`] : [];
  const header = ["base", "head", "change", "95% interval", whole === undefined ? "of itself" : "of all", "", noun];
  return [
    {
      title,
      sentences: [...more, `Of ${compared}, ${kind === "function" ? "what each takes itself in a run" : "in a run"}.`],
      table: { header, rows: shown.map((row) => partRow(table, row)), isCode: kind === "function" },
      isDetail: false,
    },
  ];
}

function partRow({ measure, whole }: Table, { name, own, verdict }: Row): string[] {
  return [
    amount(own.old, measure.unit),
    amount(own.new, measure.unit),
    signed(own.change, measure.unit),
    valueInterval(own, measure.unit),
    shareOf(own, whole),
    verdictText(measure.words, verdict, own.freedom),
    name,
  ];
}

/** Those that changed by what they call alone. */
function callers({ measure, rows, whole }: Table, most: number): Section[] {
  const named = rows
    .filter(({ verdict, totalVerdict }) => verdict === undefined && totalVerdict !== undefined)
    .sort((a, b) => Math.abs(b.total!.change) - Math.abs(a.total!.change));
  if (named.length === 0) return [];
  const shown = named
    .slice(0, most)
    .map(({ name, total, totalVerdict }) => [
      amount(total!.old, measure.unit),
      amount(total!.new, measure.unit),
      signed(total!.change, measure.unit),
      valueInterval(total!, measure.unit),
      shareOf(total!, whole),
      measure.words[totalVerdict!],
      name,
    ]);
  const header = ["base", "head", "change", "95% interval", "of all", "", "function"];
  return [
    {
      title: `Functions that changed by what they call, by ${measure.title}`,
      sentences: [`${shown.length} of ${named.length}.`],
      table: { header, rows: shown, isCode: true },
      isDetail: true,
    },
  ];
}

/** Which change so many runs would have found on this machine. */
function power({ comparison, runs }: Result): Section[] {
  const lines = comparison.tables.flatMap(({ power, measure }) => power.map((one) => ({ ...one, measure })));
  if (lines.length === 0 || runs === 1) return [];
  const header = [...lines[0]!.found.map((one) => `${one.runs} runs`), "of"];
  const rows = lines.map(({ name, whole, found, measure }) => [
    ...found.map(({ change }) => (whole === undefined ? amount(change, measure.unit) : percent(change / whole))),
    name,
  ]);
  return [
    {
      title: "What is found",
      sentences: [
        "The least change that so many runs of each find in four of five attempts, with the noise that was measured.",
      ],
      table: { header, rows, isCode: false },
      isDetail: true,
    },
  ];
}

/** What is within noise, the largest changes first. */
function rest(table: Table, most: number): Section[] {
  const { kind, measure, rows, whole } = table;
  const left = rows.filter(({ verdict, isJudged }) => verdict === undefined && isJudged);
  if (left.length === 0) return [];
  const shown = left.slice(0, most);
  const header = ["base", "head", "change", "95% interval", whole === undefined ? "of itself" : "of all", "", kind];
  return [
    {
      title: `Within noise: ${kind === "function" ? "functions" : "cases"}, by ${measure.title}`,
      sentences: [`${shown.length} of ${left.length}.`],
      table: { header, rows: shown.map((row) => partRow(table, row)), isCode: kind === "function" },
      isDetail: true,
    },
  ];
}

function method({ command, runs, rate, notes, again, revisions: { base, head } }: Result): string[] {
  const sides = again ? "base, base again, head" : "base, head";
  return [
    `Base: ${base.name}. Head: ${head.name}.`,
    `${command}: ${count(runs, "run")} of each, in turn (${sides}, then the other way round), after one of each that does not count.`,
    `Each was profiled at ${rate} samples a second, which costs each Node process 0.1 s of a processor or so, on both sides.`,
    "Means leave out the lowest and the highest tenth of the runs. A 95% interval is for each row alone; a row is named only where chance names any of its table in one comparison of a hundred, and where the change is more than the base differs from itself by.",
    ...notes,
  ];
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** What stands above all: `pprof ci: main (1a2b3c4) -> HEAD (5d6e7f8)`. */
export function headline({ revisions: { base, head }, runs, exceeded }: Result): string {
  const failed = exceeded.length > 0 ? `, ${count(exceeded.length, "limit")} exceeded` : "";
  return `${base.name} -> ${head.name}, ${count(runs, "run")} of each${failed}`;
}
