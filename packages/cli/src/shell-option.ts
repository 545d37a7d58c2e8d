import type { OptionKind, OptionRow } from "@pprof-ts/report";
import { ToolError } from "./error.ts";
import { quote } from "./flags.ts";

type Value = boolean | number | string;

/** The value that a text of the shell stands for; its rules are other than those of flags. */
export function parseOption(row: OptionRow, text: string): Value {
  if (row.kind === "choice" && row.choices?.[text] === undefined) {
    throw new ToolError(`invalid ${quote(row.name)} value ${quote(text)}`);
  }
  return parsers[row.kind](text);
}

const parsers: Readonly<Record<OptionKind, (text: string) => Value>> = {
  string: (text) => text,
  choice: (text) => text,
  bool: (text) => {
    const word = text.toLowerCase();
    if (["true", "t", "yes", "y", "1", ""].includes(word)) return true;
    if (["false", "f", "no", "n", "0"].includes(word)) return false;
    throw new ToolError(`illegal value "${text}" for bool variable`);
  },
  int: (text) => {
    if (!/^[+-]?\d+$/.test(text)) throw invalid("Atoi", text);
    const value = BigInt(text.replace("+", ""));
    if (BigInt.asIntN(64, value) !== value)
      throw new ToolError(`strconv.Atoi: parsing ${quote(text)}: value out of range`);
    return Number(value);
  },
  float: (text) => {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw invalid("ParseFloat", text);
    return Number(text);
  },
};

function invalid(parser: string, text: string): ToolError {
  return new ToolError(`strconv.${parser}: parsing ${quote(text)}: invalid syntax`);
}

/** An option's value as the list of options shows it. */
export function showOption(value: Value): string {
  if (typeof value !== "number" || value === 0 || Math.abs(value) >= 1e-4) return String(value);
  const [digits, exponent] = value.toExponential().split("e-");
  return `${digits}e-${exponent!.padStart(2, "0")}`;
}
