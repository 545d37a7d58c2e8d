import { meaning } from "../help/sections.ts";
import { topics } from "../help/topic.ts";
import { FLAGS, type FlagRow } from "../words/flag-table.ts";
import { SUBCOMMANDS } from "../words/subcommands.ts";
import { flagsByKind, flagsWithWords } from "./values.ts";

const list = (rows: readonly { readonly name: string }[]): string => rows.map(({ name }) => name).join("|") || "-";
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** A completion script for zsh: a file of its \`fpath\`, or read by \`source\`. */
export function zshScript(): string {
  const described = (rows: readonly FlagRow[]): string =>
    rows.map((row) => `    ${quote(`-${row.name}:${meaning(row)}`)}`).join("\n");
  const words = flagsWithWords().map(({ name, words }) => `    ${name}) compadd -- ${words.map(quote).join(" ")} ;;`);
  const valued = FLAGS.filter(({ kind }) => kind !== "bool");
  return `#compdef pprof
# Completes pprof in zsh; made by: pprof completion zsh

# Offers names of the kind $1 that the profile on the line has.
_pprof_names() {
  local -a found
  found=("\${(@f)$("\${words[1]}" __complete $1 "\${(Q)PREFIX}" "\${(@Q)words[2,-1]}" 2>/dev/null)}")
  [[ -n $found ]] && compadd -U -i "$IPREFIX" -- "\${found[@]}"
}

_pprof() {
  local flag last=\${words[CURRENT-1]}
  local -a switches=(
${described(FLAGS.filter(({ kind }) => kind === "bool"))}
  ) valued=(
${described(valued)}
  ) own=(
${SUBCOMMANDS.map(({ name, help }) => `    ${quote(`${name}:${help}`)}`).join("\n")}
  )
  if [[ $PREFIX == -*=* ]]; then
    flag=\${PREFIX%%=*}
    compset -P 1 '*='
  elif [[ $last == -* && \${\${last#-}#-} == (${list(valued)}) ]]; then
    flag=$last
  fi
  case \${\${flag#-}#-} in
    ${list(flagsByKind("functions"))}) _pprof_names functions ;;
    ${list(flagsByKind("types"))}) _pprof_names types ;;
    ${list(flagsByKind("labels"))}) _pprof_names labels ;;
    ${list(flagsByKind("files"))}) _files ;;
${words.join("\n")}
    "")
      if [[ $PREFIX == -* ]]; then
        # A second dash is as good as one.
        [[ $PREFIX == --* ]] && switches=("\${(@)switches/#/-}") valued=("\${(@)valued/#/-}")
        _describe -o flag switches
        _describe -o flag valued -S =
      elif [[ \${words[2]} == help && CURRENT -gt 2 ]]; then
        compadd -- ${topics().join(" ")}
      elif [[ \${words[2]} == completion && CURRENT -gt 2 ]]; then
        compadd -- bash zsh fish
      else
        (( CURRENT == 2 )) && _describe command own
        _files
      fi
      ;;
  esac
}

if [[ \${funcstack[1]} == _pprof ]]; then
  _pprof "$@"
else
  compdef _pprof pprof
fi
`;
}
