import { type Profile, StringTable } from "@pprof-ts/profile";
import type { MovedLines } from "../git/moved-lines.ts";

/** What a function without a name goes by: its file's name, and the line that it begins at. */
const ANONYMOUS = /^\(anonymous (.+):(\d+)\)$/s;

/**
 * The profile as it would be of one place for all: with files below these directories by their names there, and functions that have no
 * name by the lines at which they begin in the base. Else a line more at the top of a file would make others of all of them.
 */
export function relocated(profile: Profile, directories: readonly string[], moved?: MovedLines): Profile {
  const starts = directories.flatMap((directory) => [`file://${directory}/`, `${directory}/`]);
  const texts = Array.from({ length: profile.strings.length }, (_, row) => {
    const text = profile.strings.get(row);
    const start = starts.find((one) => text.startsWith(one));
    return start === undefined ? text : text.slice(start.length);
  });
  const { functions } = profile;
  const rows = new Map<string, number>();
  const renamed = (column: Uint32Array): Uint32Array =>
    column.map((row, i) => {
      const [, base, line] = ANONYMOUS.exec(texts[row]!) ?? [];
      if (base === undefined || moved === undefined) return row;
      const before = moved(texts[functions.filename[i]!]!, Number(line));
      const name = before === undefined ? `(anonymous ${base}:${line}, new)` : `(anonymous ${base}:${before})`;
      const known = rows.get(name) ?? texts.push(name) - 1;
      rows.set(name, known);
      return known;
    });
  const name = renamed(functions.name);
  const systemName = renamed(functions.systemName);
  return { ...profile, functions: { ...functions, name, systemName }, strings: StringTable.of(texts) };
}
