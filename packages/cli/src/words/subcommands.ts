import { existsSync } from "node:fs";
import type { Ui } from "../host/ui.ts";
import type { Environment } from "../host/viewer.ts";

type Run = (words: readonly string[], ui: Ui, env: Environment) => Promise<number>;

/** A word that may stand in front of everything else, and asks for something other than a report. */
export interface SubcommandRow {
  readonly name: string;
  /** What may follow it. */
  readonly words: string;
  readonly help: string;
  /** What more there is to say, line by line. */
  readonly details: readonly string[];
  /** Returns the exit status. */
  readonly run: Run;
}

export const SUBCOMMANDS: readonly SubcommandRow[] = [
  {
    name: "diff",
    words: "[FLAGS] OLD NEW",
    help: "Say what became slower, and how sure that is",
    details: [
      "pprof diff [FLAGS] OLD OLD... -- NEW NEW...   with repeats, to be surer",
      "",
      "-fail-on=CONDITION   exit status 1 where a function meets it, such as",
      "                     'self > +5% && total > 1%': its share grew by more than",
      "                     5 points and is, with what it calls, more than 1% now;",
      "                     p < 0.05: by chance that seldom, which repeats tell",
      "-format=FORMAT       text, md or json; -md and -json for short",
      "-nodecount=N         so many functions (default 20; 0 for all)",
      "-output=FILE         where it goes, if not to standard output",
      "",
      "-focus, -ignore, -sample_index, -lines and the other flags of reports choose",
      "what is compared.",
    ],
    run: async (words, ui, env) => (await import("../diff/diff.ts")).diff(words, ui, env),
  },
  {
    name: "help",
    words: "[TOPIC]",
    help: "Explain a command, a flag or an option",
    details: [],
    run: async (words) => (await import("../help/print.ts")).printHelp(words),
  },
  {
    name: "completion",
    words: "bash|zsh|fish",
    help: "Print a script that completes pprof in your shell",
    details: [
      "bash: pprof completion bash > ~/.local/share/bash-completion/completions/pprof",
      "zsh:  pprof completion zsh > ~/.zfunc/_pprof   (with ~/.zfunc in fpath)",
      "fish: pprof completion fish > ~/.config/fish/completions/pprof.fish",
    ],
    run: async (words) => (await import("../complete/completion.ts")).completion(words),
  },
  {
    name: "man",
    words: "",
    help: "Print all of this as a manual page (pipe it to man -l -)",
    details: [],
    run: async () => (await import("../help/print.ts")).printManPage(),
  },
];

/** What completion scripts ask, and nobody else. */
const COMPLETE = "__complete";

/** What the first word of the command line asks for, if it is none of a report's. */
export function findSubcommand(name = ""): Run | undefined {
  if (name === COMPLETE) return async (words) => (await import("../complete/names.ts")).names(words);
  const row = SUBCOMMANDS.find((known) => known.name === name);
  // A file of that name is a profile, as it is for the reference tool.
  return row === undefined || existsSync(name) ? undefined : row.run;
}

/** A subcommand as it is typed. */
export function synopsis({ name, words }: SubcommandRow): string {
  return `pprof ${name} ${words}`.trimEnd();
}
