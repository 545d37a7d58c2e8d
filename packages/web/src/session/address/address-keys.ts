/** One row a key of the address that is the pages' own. Every other key is an option of the report. */
export interface AddressKey {
  readonly key: string;
  /** What it decides: which recording is open, what the analysis answers of that, or how the answer is looked at. */
  readonly decides: "opened" | "answer" | "look";
  /** The keys that are taken off whenever this one changes. */
  readonly resets: readonly string[];
  /** The keys that are taken off when this one is given a value: they do not go with it. */
  readonly replaces: readonly string[];
  /** What it is called among the filters that are shown above a page; undefined: it is not shown there. */
  readonly chip: string | undefined;
}

/** A picture that has changed has other boxes: none of them is zoomed to any more. */
const OTHER_BOXES: readonly string[] = ["z"];

const row = (
  key: string,
  decides: AddressKey["decides"],
  resets: readonly string[],
  more: Partial<AddressKey> = {},
): AddressKey => ({ key, decides, resets, replaces: [], chip: undefined, ...more });

export const ADDRESS_KEYS: readonly AddressKey[] = [
  row("of", "opened", OTHER_BOXES),
  row("part", "opened", OTHER_BOXES, { chip: "Part of the trace" }),
  row("only", "opened", OTHER_BOXES, { chip: "Only goroutine" }),
  row("recording", "opened", ["base", ...OTHER_BOXES]),
  row("src", "opened", ["base", ...OTHER_BOXES]),
  row("base", "opened", OTHER_BOXES),
  row("mem", "answer", OTHER_BOXES, { chip: "Memory" }),
  row("time", "answer", OTHER_BOXES, { chip: "Seconds" }),
  row("thread", "answer", OTHER_BOXES),
  row("p", "answer", OTHER_BOXES, { replaces: ["inv", "q"], chip: "Pivot" }),
  row("inv", "answer", OTHER_BOXES, { replaces: ["p"], chip: "Callers first" }),
  row("order", "answer", OTHER_BOXES, { chip: "Siblings by" }),
  row("own", "answer", OTHER_BOXES, { chip: "My code" }),
  row("fold", "answer", OTHER_BOXES, { chip: "Folded" }),
  row("by", "answer", OTHER_BOXES, { chip: "Grouped by" }),
  row("recursion", "answer", OTHER_BOXES, { chip: "Recursion folded" }),
  row("dim", "look", []),
  row("at", "look", []),
  row("sel", "look", []),
  row("q", "look", []),
  row("z", "look", []),
  row("c", "look", []),
  row("v", "look", []),
  row("as", "look", []),
];

const rows: ReadonlyMap<string, AddressKey> = new Map(ADDRESS_KEYS.map((row) => [row.key, row]));

/** The row of a key, its own or that of any option. */
export function addressKeyRow(key: string): AddressKey {
  return rows.get(key) ?? row(key, "answer", OTHER_BOXES);
}

/** What else changes in an address where these keys do, or where it leads to a page: the keys that are taken off. */
export function resetBy(set: Readonly<Record<string, string | undefined>>, leadsToPage: boolean): Record<string, ""> {
  const changed = Object.entries(set).map(([key, value]) => ({ ...addressKeyRow(key), value }));
  const taken = changed.flatMap(({ resets, replaces, value }) => (value ? [...resets, ...replaces] : resets));
  return Object.fromEntries([...(leadsToPage ? OTHER_BOXES : []), ...taken].map((key) => [key, ""]));
}
