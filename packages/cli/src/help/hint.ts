import { existsSync } from "node:fs";
import { FLAGS } from "../flag-table.ts";
import { nearest } from "../nearest.ts";
import { SUBCOMMANDS } from "../subcommands.ts";

/** What was probably meant by a source that is no file and looks like something else, as a sentence. */
export function sourceHint(source: string): string | undefined {
  if (!/^-?-?\w+(=.*)?$/.test(source) || source === "localhost" || existsSync(source)) return undefined;
  const name = source.replace(/^-+/, "").replace(/=.*/s, "");
  const isFlag = FLAGS.some((flag) => flag.name === name);
  if (source.startsWith("-")) {
    return isFlag ? `"${source}" stands after a source and is taken for one: flags go first` : undefined;
  }
  if (isFlag) return `there is no file "${source}": did you mean -${source}?`;
  const own = nearest(
    source,
    SUBCOMMANDS.map((row) => row.name),
  );
  return own === undefined ? undefined : `there is no file "${source}": did you mean ${own}?`;
}
