import { OPTIONS } from "@pprof-ts/report";
import { ToolError } from "../error.ts";
import { nearest } from "../words/nearest.ts";
import { TOKEN_BYTES } from "./excerpt.ts";

export type ParameterKind = "string" | "integer" | "number" | "boolean" | "handles";

/** What a tool may be asked with. */
export interface ParameterRow {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly help: string;
  readonly isRequired?: boolean;
  readonly choices?: readonly string[];
  /** The flag of the command line for a value; none: the tool does something else with it. */
  readonly flag?: (value: Value) => string;
}

export type Value = string | number | boolean | readonly string[];

/** What a tool is asked with, of the kinds that its parameters have. */
export type Values = ReadonlyMap<string, Value>;

/** Reports have as many lines as they have; an answer so many tokens, where nobody says. */
const DEFAULT_TOKENS = 4000;
const LEAST_TOKENS = 500;
const MOST_TOKENS = 100_000;

export const BUDGET: readonly ParameterRow[] = [
  {
    name: "max_tokens",
    kind: "integer",
    help: `How long the answer may be (default ${DEFAULT_TOKENS})`,
  },
  { name: "from_line", kind: "integer", help: "Read on from this line where it was cut" },
];

/** The options of reports that matter to an agent, in the words of the command line's help. */
const REPORT_OPTIONS = [
  ...["focus", "ignore", "hide", "show", "show_from", "tagfocus", "tagignore", "tagroot", "tagleaf"],
  ...["sample_index", "mean", "unit", "nodecount", "nodefraction", "noinlines", "relative_percentages", "trim"],
];

const KINDS: Readonly<Record<string, ParameterKind>> = {
  bool: "boolean",
  int: "integer",
  float: "number",
  string: "string",
};

const CHOICES = OPTIONS.find(({ name }) => name === "granularity")?.choices ?? {};

export const OPTION_PARAMETERS: readonly ParameterRow[] = [
  ...REPORT_OPTIONS.flatMap((name): ParameterRow[] => {
    const row = OPTIONS.find((option) => option.name === name);
    if (row === undefined) return [];
    // An agent reads the rows of all tools before it asks for one: what explains the value is said, and no more.
    const more = name === "tagfocus" ? (row.details ?? []) : [];
    return [
      { name, kind: KINDS[row.kind]!, help: [row.help, ...more].join(" "), flag: (value) => `-${name}=${value}` },
    ];
  }),
  {
    name: "granularity",
    kind: "string",
    help: "What makes one entry",
    choices: Object.keys(CHOICES),
    flag: (value) => `-${value}`,
  },
];

/** The order of tables. */
export const CUM: ParameterRow = {
  name: "cum",
  kind: "boolean",
  help: "Order by what a function takes with all it calls, and not by what it takes itself",
  flag: (value) => `-cum=${value}`,
};

const SCHEMAS: Readonly<Record<ParameterKind, object>> = {
  string: { type: "string" },
  integer: { type: "integer" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  handles: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" }, minItems: 1 }] },
};

/** A tool's parameters as JSON Schema. */
export function schemaOf(rows: readonly ParameterRow[]): { type: "object" } & Record<string, unknown> {
  const properties = rows.map(({ name, kind, help, choices }) => [
    name,
    { ...SCHEMAS[kind], ...(choices === undefined ? {} : { enum: choices }), description: help },
  ]);
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required: rows.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    additionalProperties: false,
  };
}

const FITS: Readonly<Record<ParameterKind, readonly [what: string, fits: (value: unknown) => boolean]>> = {
  string: ["a text", (value) => typeof value === "string"],
  integer: ["a whole number", (value) => Number.isSafeInteger(value)],
  number: ["a number", (value) => typeof value === "number" && Number.isFinite(value)],
  boolean: ["true or false", (value) => typeof value === "boolean"],
  handles: [
    "a text or a list of texts",
    (value) =>
      typeof value === "string" ||
      (Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string")),
  ],
};

/** Reads what a tool is asked with; what does not fit is said in a sentence. */
export function readValues(
  tool: string,
  rows: readonly ParameterRow[],
  given: Readonly<Record<string, unknown>>,
): Values {
  const names = rows.map(({ name }) => name);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const meant = nearest(unknown, names);
    const hint = meant === undefined ? `${tool} takes ${names.join(", ") || "none"}` : `did you mean ${meant}?`;
    throw new ToolError(`unknown parameter ${JSON.stringify(unknown)}: ${hint}`);
  }
  const values = new Map<string, Value>();
  for (const { name, kind, isRequired, choices } of rows) {
    const value = given[name];
    if (value === undefined || value === null || (value === "" && isRequired)) {
      if (isRequired) throw new ToolError(`${tool} needs the parameter ${name}`);
      continue;
    }
    const [what, fits] = FITS[kind];
    const shown = JSON.stringify(value).slice(0, 100);
    if (!fits(value)) throw new ToolError(`invalid ${name} ${shown}: must be ${what}`);
    if (choices !== undefined && !choices.includes(String(value))) {
      throw new ToolError(`invalid ${name} ${shown}: must be one of ${choices.join(", ")}`);
    }
    if (JSON.stringify(value).includes("\\u0000")) throw new ToolError(`invalid ${name} ${shown}: holds a NUL`);
    values.set(name, value as Value);
  }
  return values;
}

/** The flags of the command line that say the same. */
export function flagsOf(rows: readonly ParameterRow[], values: Values): string[] {
  return rows.flatMap(({ name, flag }) => {
    const value = values.get(name);
    return flag === undefined || value === undefined ? [] : [flag(value)];
  });
}

/** How much of a report is wanted. */
export function budgetOf(values: Values): { readonly bytes: number; readonly first: number } {
  const tokens = Number(values.get("max_tokens") ?? DEFAULT_TOKENS);
  if (tokens < LEAST_TOKENS || tokens > MOST_TOKENS) {
    throw new ToolError(`invalid max_tokens ${tokens}: must be ${LEAST_TOKENS} to ${MOST_TOKENS}`);
  }
  const first = Number(values.get("from_line") ?? 1);
  if (first < 1) throw new ToolError(`invalid from_line ${first}: lines are counted from 1`);
  return { bytes: tokens * TOKEN_BYTES, first };
}
