import { ADDRESS_KEYS } from "./address-keys.ts";
import { exactly } from "./exact-name.ts";
import type { Change, Navigation, Query } from "./state.ts";

/** One row a filter of the menu Refine. */
export interface RefineRow {
  readonly key: string;
  readonly title: string;
  readonly help: string;
  /** Whether another name joins those that are there, or takes their place; as in the reference tool. */
  readonly joins: boolean;
  /** Whether it applies to a frame that is pointed at. */
  readonly ofFrame: boolean;
  /** What its field completes: names of functions and files, labels, their keys, or packages. */
  readonly completes: Completes;
  /** Whether it is one of the four that are always shown. */
  readonly isFirst: boolean;
  /** What stands in the empty field. */
  readonly example: string;
}

/** What a field may be completed to. */
export type Completes = "names" | "labels" | "keys" | "packages";

const row = (key: string, title: string, help: string, more: Partial<RefineRow> = {}): RefineRow => ({
  key,
  title,
  help,
  joins: false,
  ofFrame: true,
  completes: "names",
  isFirst: false,
  example: "regular expression",
  ...more,
});
const tags: Partial<RefineRow> = { ofFrame: false, completes: "labels", example: "key=value or 1kb:1mb" };
const keys: Partial<RefineRow> = { ofFrame: false, completes: "keys", example: "key,key" };

export const REFINES: readonly RefineRow[] = [
  row("f", "Focus", "only stacks that go through it", { isFirst: true }),
  row("i", "Ignore", "without the stacks that go through it", { joins: true, isFirst: true }),
  row("h", "Hide", "without its frames; what they call stays", { joins: true, isFirst: true }),
  row("s", "Show", "only its frames of each stack"),
  row("sf", "Show from", "without what called its outermost frame"),
  row("prunefrom", "Hide below", "its innermost frame stays, what that calls goes"),
  row("tf", "Tag focus", "only samples with such a label", { ...tags, isFirst: true }),
  row("ti", "Tag ignore", "without samples with such a label", tags),
  row("ts", "Tag show", "only labels with such a key", {
    ...tags,
    completes: "keys",
    example: "expression",
  }),
  row("th", "Tag hide", "without labels with such a key", {
    ...tags,
    completes: "keys",
    example: "expression",
  }),
  row("tagroot", "Tags as callers", "a frame above each stack for these labels", keys),
  row("tagleaf", "Tags as callees", "a frame below each stack for these labels", keys),
  row("fold", "Fold packages", "the functions of a package that call each other are one frame", {
    ofFrame: false,
    joins: true,
    completes: "packages",
    example: "expression",
  }),
];

/** Choices that are no expressions: a key of the address, and what it may be; "" is the default. */
const ON_OFF = (off: string, on: string): readonly (readonly [string, string])[] => [
  ["", off],
  ["1", on],
];

export const CHOICES: readonly {
  readonly key: string;
  /** What it is called in the form, and among what is active. */
  readonly title: string;
  readonly chip: string;
  readonly help: string;
  readonly values: readonly (readonly [value: string, title: string])[];
}[] = [
  {
    key: "g",
    title: "Granularity",
    chip: "Granularity",
    help: "what is one frame",
    values: [
      ["", "default"],
      ["functions", "functions"],
      ["filefunctions", "functions of files"],
      ["files", "files"],
      ["lines", "lines"],
      ["addresses", "addresses"],
    ],
  },
  {
    key: "unit",
    title: "Unit",
    chip: "Unit",
    help: "in which values are written",
    values: ["", "auto", "ns", "us", "ms", "s", "hrs", "B", "kB", "MB", "GB"].map((unit) => [unit, unit || "default"]),
  },
  {
    key: "noinlines",
    title: "Inlined",
    chip: "No inlines",
    help: "where calls count that the compiler inlined",
    values: [
      ["", "as frames"],
      ["true", "in their callers"],
    ],
  },
  {
    key: "dropneg",
    title: "Of a difference",
    chip: "Growth only",
    help: "which changes are shown",
    values: [
      ["", "growth and shrinking"],
      ["true", "growth only"],
    ],
  },
  {
    key: "rel",
    title: "Percentages",
    chip: "Relative",
    help: "what they are percent of",
    values: [
      ["", "of the whole"],
      ["true", "of what is left"],
    ],
  },
];

/** Choices that are keys of the pages' own, and so have their chips in the table of those. */
export const OWN_CHOICES: readonly Omit<(typeof CHOICES)[number], "chip">[] = [
  {
    key: "own",
    title: "My code",
    help: "folded: libraries, runtime and kernel are a frame a package",
    values: ON_OFF("all code", "others’ folded"),
  },
  {
    key: "by",
    title: "Group by",
    help: "functions of a package are one frame",
    values: [
      ["", "function"],
      ["package", "package"],
    ],
  },
  {
    key: "recursion",
    title: "Recursion",
    help: "a function that calls itself is one frame",
    values: ON_OFF("as it is", "folded"),
  },
];

/** The change that makes a function the pivot of the flame graph: its callers above it, its callees below. */
export function pivotOn(name: string): Change {
  return { page: "flamegraph", set: { p: exactly(name) } };
}

/** The change that refines by a name. */
export function refined(row: RefineRow, query: Query, name: string): Record<string, string> {
  const before = query[row.key];
  const pattern = exactly(name);
  return { [row.key]: row.joins && before ? `${before}|${pattern}` : pattern };
}

/** What else of an address narrows or changes a picture, and is shown above it. */
const CHIPS: readonly { readonly key: string; readonly title: string }[] = [
  ...REFINES,
  ...ADDRESS_KEYS.flatMap(({ key, chip }) => (chip === undefined ? [] : [{ key, title: chip }])),
  ...CHOICES.map(({ key, chip }) => ({ key, title: chip })),
];

export interface Chip {
  readonly key: string;
  readonly title: string;
  readonly value: string;
}

/** What is active. */
export function chips(query: Query): readonly Chip[] {
  return CHIPS.flatMap(({ key, title }) => (query[key] ? [{ key, title, value: query[key] }] : []));
}

/** Takes everything off. */
export function reset(nav: Navigation): void {
  nav.go({ set: Object.fromEntries([...CHIPS.map(({ key }) => [key, ""]), ["q", ""]]) });
}
