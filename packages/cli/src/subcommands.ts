import type { Ui } from "./ui.ts";
import type { Environment } from "./viewer.ts";

/** A word that may stand in front of everything else, and asks for something other than a report. */
export interface SubcommandRow {
  readonly name: string;
  /** What may follow it. */
  readonly words: string;
  readonly help: string;
  /** Returns the exit status. */
  readonly run: (words: readonly string[], ui: Ui, env: Environment) => Promise<number>;
}

export const SUBCOMMANDS: readonly SubcommandRow[] = [
  {
    name: "diff",
    words: "[options] OLD NEW",
    help: "what became slower, and how sure that is",
    run: async (words, ui, env) => (await import("./diff/diff.ts")).diff(words, ui, env),
  },
  {
    name: "help",
    words: "[COMMAND|OPTION]",
    help: "what a command or an option does",
    run: async ([topic = ""]) => (await import("./guide/print.ts")).printHelp(topic),
  },
  {
    name: "completion",
    words: "bash|zsh|fish",
    help: "a script that completes flags in your shell",
    run: async ([shell = ""]) => (await import("./guide/print.ts")).printCompletion(shell),
  },
  {
    name: "man",
    words: "",
    help: "all of this as a manual page: pprof man | man -l -",
    run: async () => (await import("./guide/print.ts")).printManPage(),
  },
];
