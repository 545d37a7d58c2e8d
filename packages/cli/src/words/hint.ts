import { existsSync } from "node:fs";
import { COMMANDS } from "./commands.ts";
import { FLAGS } from "./flag-table.ts";
import { nearest } from "./nearest.ts";
import { SUBCOMMANDS } from "./subcommands.ts";

/** What was probably meant by a source that is no file and looks like something else, as a sentence. */
export function sourceHint(source: string): string | undefined {
  if (!/^-?-?\w+(=.*)?$/.test(source) || source === "localhost" || existsSync(source)) return undefined;
  const name = source.replace(/^-+/, "").replace(/=.*/s, "");
  const isFlag = FLAGS.some((flag) => flag.name === name);
  if (source.startsWith("-")) {
    return isFlag ? `"${source}" stands after a source and is taken for one: flags go first` : undefined;
  }
  if (isFlag) return `there is no file "${source}": did you mean -${source}?`;
  const own: readonly string[] = SUBCOMMANDS.map((row) => row.name);
  const meant = nearest(name, [...own, ...COMMANDS.map((row) => row.name)]);
  if (meant === undefined) return undefined;
  return `there is no file "${source}": did you mean ${own.includes(meant) ? meant : `-${meant}`}?`;
}
