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
  /** Whether it is a list of labels' keys. */
  readonly ofLabels: boolean;
  /** What stands in the empty field. */
  readonly example: string;
}

const row = (key: string, title: string, help: string, more: Partial<RefineRow> = {}): RefineRow => ({
  key,
  title,
  help,
  joins: false,
  ofFrame: true,
  ofLabels: false,
  example: "regular expression",
  ...more,
});
const tags: Partial<RefineRow> = { ofFrame: false, example: "key=value or 1kb:1mb" };

const keys: Partial<RefineRow> = { ofFrame: false, example: "key,key", ofLabels: true };

export const REFINES: readonly RefineRow[] = [
  row("f", "Focus", "Only stacks that go through a match"),
  row("i", "Ignore", "Without stacks that go through a match", { joins: true }),
  row("h", "Hide", "Without the matching frames, stacks stay", { joins: true }),
  row("s", "Show", "Only the matching frames of each stack"),
  row("sf", "Show from", "Without the callers of the outermost match"),
  row("prunefrom", "Prune from", "Without the callees of the innermost match"),
  row("tf", "Tag focus", "Only samples with such a label", tags),
  row("ti", "Tag ignore", "Without samples with such a label", tags),
  row("ts", "Tag show", "Only labels with such a key", { ...tags, example: "regular expression on keys" }),
  row("th", "Tag hide", "Without labels with such a key", { ...tags, example: "regular expression on keys" }),
  row("tagroot", "Tags as callers", "A frame above each stack for these labels", keys),
  row("tagleaf", "Tags as callees", "A frame below each stack for these labels", keys),
];

/** Choices that are no expressions: a key of the address, and what it may be; "" is the default. */
export const CHOICES: readonly {
  readonly key: string;
  /** What it is called in the form, and among what is active. */
  readonly title: string;
  readonly chip: string;
  readonly values: readonly (readonly [value: string, title: string])[];
}[] = [
  {
    key: "g",
    title: "Granularity",
    chip: "Granularity",
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
    values: ["", "auto", "ns", "us", "ms", "s", "hrs", "B", "kB", "MB", "GB"].map((unit) => [unit, unit || "default"]),
  },
  {
    key: "noinlines",
    title: "Inlined",
    chip: "No inlines",
    values: [
      ["", "as frames"],
      ["true", "in their callers"],
    ],
  },
  {
    key: "dropneg",
    title: "Of a difference",
    chip: "Growth only",
    values: [
      ["", "growth and shrinking"],
      ["true", "growth only"],
    ],
  },
  {
    key: "rel",
    title: "Percentages",
    chip: "Relative",
    values: [
      ["", "of the whole"],
      ["true", "of what is left"],
    ],
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
