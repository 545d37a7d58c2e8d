import { compilePattern, parseTimeRange, ReportError } from "@pprof-ts/report";
import { ToolError } from "../error.ts";

type Check = (text: string) => void;

const oneOf =
  (key: string, ...values: readonly string[]): Check =>
  (text) => {
    if (!values.includes(text))
      throw new ToolError(`invalid ${key} ${JSON.stringify(text)}: must be ${values.join(" or ")}`);
  };
const expression =
  (what: string): Check =>
  (text) => {
    try {
      compilePattern(text);
    } catch (error) {
      if (error instanceof ReportError) throw new ToolError(`parsing ${what} regexp: ${error.message}`);
      throw error;
    }
  };
const matching =
  (key: string, pattern: RegExp, what: string): Check =>
  (text) => {
    if (!pattern.test(text)) throw new ToolError(`invalid ${key} ${JSON.stringify(text)}: must be ${what}`);
  };

/** The keys of pages' addresses that are no options of the tool, and what their values may be. Any text may be searched. */
const KEYS: Readonly<Record<string, Check>> = {
  p: expression("pivot"),
  fold: expression("fold"),
  by: matching("by", /^(package|label:.*)$/s, "package or label:KEY"),
  time: parseTimeRange,
  mem: oneOf("mem", "all"),
  inv: oneOf("inv", "1"),
  own: oneOf("own", "1"),
  dim: oneOf("dim", "1"),
  recursion: oneOf("recursion", "1"),
  order: oneOf("order", "name"),
  base: matching("base", /^\d+$/, "the number of a recording"),
  v: oneOf("v", "sides", "merged"),
  as: oneOf("as", "table"),
  at: parseTimeRange,
  part: parseTimeRange,
  of: matching("of", /^[a-z]+$/, "a profile that traces hold"),
  sel: matching("sel", /^(g:\d+|t:\d+@\d+)$/, "g:GOROUTINE or t:NANOSECONDS@LANE"),
  // Its row and where it begins, or from where to where the view goes; the number alone, as addresses had it before, shows
  // the whole picture.
  z: matching("z", /^(-?\d+(@[\d.e+-]+)?|[\d.e+-]+:[\d.e+-]+)$/, "the number of a box"),
  c: matching(
    "c",
    /^(package|kind|name|self|change|reference|label:.*)$/s,
    "package, kind, name, self, change, reference or label:KEY",
  ),
};

/** Throws where a key of the pages' own has a value that none of them would understand. */
export function checkPageKeys(query: URLSearchParams): void {
  for (const [key, check] of Object.entries(KEYS)) {
    const text = query.get(key);
    if (text) check(text);
  }
}
