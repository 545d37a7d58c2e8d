import { statSync } from "node:fs";
import { type Profile, readProfile } from "@pprof-ts/profile";
import { readRegularFile } from "../host/file/regular-file.ts";
import { oneLine } from "../host/terminal/printable.ts";
import { write } from "../host/terminal/ui.ts";
import type { Dynamic } from "./values.ts";

/** As many as anybody reads. */
const MOST_NAMES = 200;
/** Bytes of a file that is read while somebody waits for a word. */
const LARGEST = 64 << 20;

const readers: Readonly<Record<Dynamic, (profile: Profile) => readonly string[]>> = {
  functions: functionNames,
  types: ({ sampleTypes }) => sampleTypes.map(({ type }) => type),
  labels: labelKeys,
};

/**
 * `pprof __complete functions PREFIX WORDS...`, which completion scripts run: one name a line, of the first of the
 * command line's words that is a profile in a file. Nothing is fetched, and nothing said of what cannot be read.
 */
export async function names(words: readonly string[]): Promise<number> {
  const [kind = "", start = "", ...line] = words;
  const reader = Object.hasOwn(readers, kind) ? readers[kind as Dynamic] : undefined;
  const profile = reader && (await firstProfile(line));
  if (reader !== undefined && profile !== undefined) {
    const found = matching(reader(profile), kind === "functions" ? unquoted(start) : start);
    const shown = kind === "functions" ? found.map(quoted) : found.filter((name) => name === oneLine(name));
    write(1, shown.map((name) => `${name}\n`).join(""));
  }
  return 0;
}

async function firstProfile(line: readonly string[]): Promise<Profile | undefined> {
  for (const word of line) {
    for (const file of [word, word.slice(word.indexOf("=") + 1)]) {
      const stats = statSync(file, { throwIfNoEntry: false });
      if (stats === undefined || !stats.isFile() || stats.size > LARGEST) continue;
      try {
        return await readProfile(readRegularFile(file, LARGEST), { maxBytes: 16 * LARGEST });
      } catch {
        // Another file than a profile, such as a binary: the next word may be one.
      }
    }
  }
  return undefined;
}

/** The names that begin so, or, if there are none, those that hold it. */
function matching(all: readonly string[], part: string): string[] {
  const whole = [...new Set(all)].sort();
  const beginning = whole.filter((name) => name.startsWith(part));
  return (beginning.length > 0 ? beginning : whole.filter((name) => name.includes(part))).slice(0, MOST_NAMES);
}

/** The name as a regular expression; points stay, since they match themselves and are in most names. */
export function quoted(name: string): string {
  const escaped = name.replace(/[\\^$*+?()[\]{}|]/g, "\\$&");
  // What a terminal would obey stands there by its number.
  return escaped === oneLine(escaped)
    ? escaped
    : escaped.replace(/./gsu, (letter) =>
        oneLine(letter) === letter ? letter : `\\x{${letter.codePointAt(0)!.toString(16)}}`,
      );
}

/** What was typed of such an expression, as the name begins. */
export function unquoted(start: string): string {
  return start.replace(/\\(.)/g, "$1");
}

/** The names; with a point for each space, since a space ends a word and a point matches it. */
export function functionNames({ functions, strings }: Profile): string[] {
  const found = new Set<string>();
  for (const row of functions.name) found.add(strings.get(row).replace(/\s/g, "."));
  found.delete("");
  return [...found].sort();
}

function labelKeys({ samples, strings }: Profile): string[] {
  return [...new Set(samples.labels.key)].map((row) => strings.get(row));
}
