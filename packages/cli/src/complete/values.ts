import { optionRow } from "@pprof-ts/report";
import { FLAGS, type FlagRow } from "../words/flag-table.ts";

/** Names that are read from the profile on the command line. */
export type Dynamic = "functions" | "types" | "labels";

/** What may stand after a flag's `=`. */
export type Values =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "files" }
  | { readonly kind: "none" }
  | { readonly kind: Dynamic };

const BY_NAME: Readonly<Record<string, Values>> = {
  sample_index: { kind: "types" },
  unit: { kind: "words", words: ["minimum", "auto", "ns", "us", "ms", "s", "hrs", "B", "kB", "MB", "GB"] },
  symbolize: {
    kind: "words",
    words: ["none", "local", "fastlocal", "remote", "force", "demangle=full", "demangle=none"],
  },
  http: { kind: "words", words: ["localhost:", ":"] },
  ...Object.fromEntries(
    ["focus", "ignore", "hide", "show", "show_from", "prune_from"].map((name) => [name, { kind: "functions" }]),
  ),
  ...Object.fromEntries(
    ["tagroot", "tagleaf", "tagshow", "taghide", "tagfocus", "tagignore"].map((name) => [name, { kind: "labels" }]),
  ),
};

const BY_VALUE: Readonly<Record<string, Values>> = {
  REGEXP: { kind: "functions" },
  FILE: { kind: "files" },
  SOURCE: { kind: "files" },
  PATHS: { kind: "files" },
};

const FILE_OPTIONS: ReadonlySet<string> = new Set(["output", "source_path", "trim_path"]);

/** What may stand after this flag's `=`; booleans say nothing there unless they are on by default. */
export function valuesOf({ name, kind, value }: FlagRow): Values {
  if (kind === "bool")
    return optionRow(name)?.default === true ? { kind: "words", words: ["false"] } : { kind: "none" };
  if (FILE_OPTIONS.has(name)) return { kind: "files" };
  return BY_NAME[name] ?? BY_VALUE[value] ?? { kind: "none" };
}

/** The flags that take a value, by what it may be. */
export function flagsByKind(kind: Values["kind"]): FlagRow[] {
  return FLAGS.filter((row) => row.kind !== "bool" && valuesOf(row).kind === kind);
}

/** The flags that offer words, each with its words. */
export function flagsWithWords(): { readonly name: string; readonly words: readonly string[] }[] {
  return FLAGS.flatMap((row) => {
    const values = valuesOf(row);
    return values.kind === "words" ? [{ name: row.name, words: values.words }] : [];
  });
}
