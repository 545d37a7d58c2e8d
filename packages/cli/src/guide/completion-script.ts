import { ToolError } from "../error.ts";
import { FLAGS, type FlagRow } from "../flag-table.ts";
import { SUBCOMMANDS } from "../subcommands.ts";

const words = SUBCOMMANDS.map(({ name }) => name);

/** The script that makes a shell complete the tool's flags; a `ToolError` for a shell that there is none for. */
export function completionScript(shell: string): string {
  const script = scripts[shell];
  if (script !== undefined) return script();
  const known = Object.keys(scripts).join(", ");
  throw new ToolError(
    shell === "" ? `completion for which shell? One of ${known}` : `unknown shell "${shell}": must be one of ${known}`,
  );
}

const scripts: Readonly<Record<string, () => string>> = {
  bash: () => `# pprof: completion for bash. Put this in ~/.bashrc: source <(pprof completion bash)
_pprof() {
  local word=\${COMP_WORDS[COMP_CWORD]}
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "${FLAGS.map(spelling).join(" ")}" -- "$word"))
    [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace
  elif [[ $COMP_CWORD == 1 ]]; then
    COMPREPLY=($(compgen -f -W "${words.join(" ")}" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _pprof pprof
`,
  zsh: () => `#compdef pprof
# pprof: completion for zsh. Put this in a directory of $fpath as _pprof: pprof completion zsh > _pprof
_arguments -S \\
${FLAGS.map((row) => `  ${zshSpec(row)} \\`).join("\n")}
  '*:source:_files'
`,
  fish: () => `# pprof: completion for fish. pprof completion fish > ~/.config/fish/completions/pprof.fish
${SUBCOMMANDS.map(({ name, help }) => `complete -c pprof -n __fish_use_subcommand -a ${name} -d ${quoted(help)}`).join("\n")}
${FLAGS.map(({ name, kind, help }) => `complete -c pprof -o ${name}${kind === "bool" ? "" : " -r"} -d ${quoted(help)}`).join("\n")}
`,
};

function spelling({ name, kind }: FlagRow): string {
  return kind === "bool" ? `-${name}` : `-${name}=`;
}

function zshSpec({ name, kind, value, help }: FlagRow): string {
  const text = help.replace(/[[\]:\\]/g, "\\$&");
  return quoted(kind === "bool" ? `-${name}[${text}]` : `-${name}=[${text}]:${value}:_files`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
