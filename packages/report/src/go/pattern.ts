import { RE2JS } from "re2js";
import { ReportError } from "../error.ts";

/** A regular expression in RE2's syntax. */
export interface Pattern {
  readonly source: string;
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
}

/** Compiles a regular expression; what is wrong with it is a `ReportError` in Go's words. */
export function compilePattern(source: string): Pattern {
  // Most patterns that people type are a word or a few of them, for which there is no need of an automaton.
  if (!/[\\^$.[\]()*+?{}]/.test(source)) {
    const words = source.split("|");
    return { source, test: (text) => words.some((word) => text.includes(word)) };
  }
  if (/^\(\?i\)[^\\^$.[\]()*+?{}]*$/.test(source)) {
    // The engine's own expressions compare letters by the same table, and ten times as fast.
    const words = new RegExp(source.slice(4), "iu");
    return { source, test: (text) => words.test(text) };
  }
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ReportError(message.endsWith("`") ? message : `${message}: \`\``);
  }
  return { source, test: (text) => compiled.test(text) };
}

/** The pattern of an option or undefined where it has none; errors name the option. */
export function optionPattern(name: string, source: string): Pattern | undefined {
  if (source === "") return undefined;
  try {
    return compilePattern(source);
  } catch (error) {
    if (error instanceof ReportError) throw new ReportError(`parsing ${name} regexp: ${error.message}`);
    throw error;
  }
}
