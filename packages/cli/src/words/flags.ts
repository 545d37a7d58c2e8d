export type FlagKind = "bool" | "int" | "float" | "string";

/** What the command line needs to know of a flag. */
export interface Flag {
  readonly name: string;
  readonly kind: FlagKind;
  /** Of a boolean: whether its value may be a file instead. */
  readonly mayBeFile?: boolean;
}

export type FlagValue = boolean | number | string;

export interface ParsedFlags {
  /** The values given for each flag, in the order in which they came. */
  readonly values: ReadonlyMap<string, readonly FlagValue[]>;
  readonly positional: readonly string[];
}

/** What ended the parsing early: `-h`, or a mistake. */
export type FlagProblem = { readonly help: true } | { readonly problem: string; readonly unknown?: string };

/**
 * Reads a command line by the rules of Go's flag package: `-x` is `--x`, `-x=v` is `-x v`, booleans take a value only
 * after `=`, and the first word that is no flag ends the flags.
 */
export function parseFlags(words: readonly string[], flags: readonly Flag[]): ParsedFlags | FlagProblem {
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const values = new Map<string, FlagValue[]>();
  let at = 0;
  while (at < words.length) {
    const word = words[at]!;
    if (word.length < 2 || !word.startsWith("-")) break;
    at++;
    if (word === "--") break;
    const body = word.slice(word.startsWith("--") ? 2 : 1);
    if (body.startsWith("-") || body.startsWith("=")) return { problem: `bad flag syntax: ${word}` };
    const equals = body.indexOf("=");
    const name = equals < 0 ? body : body.slice(0, equals);
    let text = equals < 0 ? undefined : body.slice(equals + 1);
    const flag = byName.get(name);
    if (flag === undefined) {
      if (name === "h" || name === "help") return { help: true };
      return { problem: `flag provided but not defined: -${name}`, unknown: name };
    }
    if (flag.kind === "bool") text ??= "true";
    else if (text === undefined) {
      if (at === words.length) return { problem: `flag needs an argument: -${name}` };
      text = words[at++]!;
    }
    const parsed = flagParsers[flag.kind](text);
    const value = typeof parsed === "object" && flag.mayBeFile && text !== "" ? text : parsed;
    if (typeof value === "object") {
      const what = flag.kind === "bool" ? `boolean value ${quote(text)} for` : `value ${quote(text)} for flag`;
      return { problem: `invalid ${what} -${name}: ${value.fault}` };
    }
    const given = values.get(name);
    if (given === undefined) values.set(name, [value]);
    else given.push(value);
  }
  return { values, positional: words.slice(at) };
}

type Parsed = FlagValue | { readonly fault: string };

const syntax: Parsed = { fault: "parse error" };
const range: Parsed = { fault: "value out of range" };
const trueWords = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const falseWords = new Set(["0", "f", "F", "FALSE", "false", "False"]);

const flagParsers: Readonly<Record<FlagKind, (text: string) => Parsed>> = {
  string: (text) => text,
  bool: (text) => trueWords.has(text) || (falseWords.has(text) ? false : syntax),
  int: (text) => {
    const match = /^([+-]?)(0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]*|[1-9][\d_]*)$/.exec(text);
    if (match === null || /__|_$/.test(text)) return syntax;
    const digits = match[2]!.replaceAll("_", "").replace(/^0(?=[0-7])/, "0o");
    const value = BigInt(digits) * (match[1] === "-" ? -1n : 1n);
    if (BigInt.asIntN(64, value) !== value) return range;
    return Number(value);
  },
  float: (text) => {
    if (/^[+-]?(inf(inity)?)$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
    if (/^nan$/i.test(text)) return Number.NaN;
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return syntax;
    const value = Number(text);
    return Number.isFinite(value) ? value : range;
  },
};

/** A word in double quotes, as Go's `%q` prints it for text without control characters. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
