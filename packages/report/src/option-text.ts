import { ReportError } from "./error.ts";
import { defaultOptions, OPTIONS, type OptionKind, type OptionRow, type Options } from "./options.ts";

/** An option's value as a text stands for it in pages' addresses and in the shell; what is no value is a `ReportError`. */
export function parseOption(row: OptionRow, text: string): boolean | number | string {
  if (row.kind === "choice" && row.choices?.[text] === undefined) {
    throw new ReportError(`invalid ${JSON.stringify(row.name)} value ${JSON.stringify(text)}`);
  }
  return parsers[row.kind](text);
}

const parsers: Readonly<Record<OptionKind, (text: string) => boolean | number | string>> = {
  string: (text) => text,
  choice: (text) => text,
  bool: (text) => {
    const word = text.toLowerCase();
    if (["true", "t", "yes", "y", "1", ""].includes(word)) return true;
    if (["false", "f", "no", "n", "0"].includes(word)) return false;
    throw new ReportError(`illegal value "${text}" for bool variable`);
  },
  int: (text) => {
    if (!/^[+-]?\d+$/.test(text)) throw invalid("Atoi", text, "invalid syntax");
    const value = BigInt(text.replace("+", ""));
    if (BigInt.asIntN(64, value) !== value) throw invalid("Atoi", text, "value out of range");
    return Number(value);
  },
  float: (text) => {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw invalid("ParseFloat", text, "invalid syntax");
    const value = Number(text);
    if (!Number.isFinite(value)) throw invalid("ParseFloat", text, "value out of range");
    return value;
  },
};

function invalid(parser: string, text: string, why: string): ReportError {
  return new ReportError(`strconv.${parser}: parsing ${JSON.stringify(text)}: ${why}`);
}

/** The key of an option in pages' addresses: the reference tool's, or its name where that has none for a saved option. */
export function addressKey(row: OptionRow): string | undefined {
  return row.urlKey ?? (row.saved ? row.name : undefined);
}

/** `options` with what the query of a page's address sets; a bad value is a `ReportError` in the reference tool's words. */
export function withQuery(
  query: Readonly<Record<string, string | undefined>>,
  options: Options = defaultOptions,
): Options {
  const set: Record<string, boolean | number | string> = {};
  for (const row of OPTIONS) {
    const key = addressKey(row);
    const text = key === undefined ? undefined : query[key];
    if (text === undefined || text === "") continue;
    try {
      set[row.name] = parseOption(row, text);
    } catch (error) {
      if (!(error instanceof ReportError)) throw error;
      throw new ReportError(`error setting config field ${row.name}: ${error.message}`);
    }
  }
  return { ...options, ...set };
}
