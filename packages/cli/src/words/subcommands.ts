export type SubcommandName = "diff" | "help" | "completion" | "man";

/** A word that may stand in front of everything else, and asks for something other than a report. */
export interface SubcommandRow {
  readonly name: SubcommandName;
  /** What may follow it. */
  readonly words: string;
  readonly help: string;
  /** What more there is to say, line by line. */
  readonly details: readonly string[];
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
  },
  {
    name: "help",
    words: "[TOPIC]",
    help: "Explain a command, a flag or an option",
    details: [],
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
  },
  {
    name: "man",
    words: "",
    help: "Print all of this as a manual page (pipe it to man -l -)",
    details: [],
  },
];

/** A subcommand as it is typed. */
export function synopsis({ name, words }: SubcommandRow): string {
  return `pprof ${name} ${words}`.trimEnd();
}
