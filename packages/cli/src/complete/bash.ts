import { topics } from "../help/topic.ts";
import { FLAGS } from "../words/flag-table.ts";
import { SUBCOMMANDS } from "../words/subcommands.ts";
import { flagsByKind, flagsWithWords } from "./values.ts";

const list = (rows: readonly { readonly name: string }[]): string => rows.map(({ name }) => name).join("|") || "-";

/** A completion script for bash 4 and later. */
export function bashScript(): string {
  const flags = FLAGS.map(({ name, kind }) => (kind === "bool" ? `-${name}` : `-${name}=`));
  const valued = FLAGS.filter(({ kind }) => kind !== "bool");
  const words = flagsWithWords().map(({ name, words }) => `    ${name}) _pprof_offer "${words.join(" ")}" ;;`);
  return `# Completes pprof in bash; made by: pprof completion bash

# Offers the words of $1 that begin with the value.
_pprof_offer() {
  COMPREPLY=($(compgen -W "$1" -- "$value"))
}

_pprof_files() {
  compopt -o filenames 2>/dev/null
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$value"))
}

# Offers names of the kind $1 that the profile on the line has.
_pprof_names() {
  local name
  while IFS= read -r name; do
    COMPREPLY+=("$(printf %q "$name")")
  done < <("\${COMP_WORDS[0]}" __complete "$1" "\${value//\\\\/}" "\${COMP_WORDS[@]:1}" 2>/dev/null)
}

_pprof() {
  # Bash splits words at = and : too; the shell does not.
  local line=\${COMP_LINE:0:COMP_POINT} flag= value before
  value=\${line##*[[:space:]]}
  read -ra before <<<"\${line%"$value"}"
  local last=\${before[\${#before[@]}-1]} dash=-
  COMPREPLY=()
  if [[ $value == -*=* ]]; then
    flag=\${value%%=*} value=\${value#*=}
  elif [[ $last == -* && $last != *=* ]]; then
    case \${last##*-} in ${list(valued)}) flag=$last ;; esac
  fi
  flag=\${flag#-} flag=\${flag#-}
  case $flag in
    ${list(flagsByKind("functions"))}) _pprof_names functions ;;
    ${list(flagsByKind("types"))}) _pprof_names types ;;
    ${list(flagsByKind("labels"))}) _pprof_names labels ;;
    ${list(flagsByKind("files"))}) _pprof_files ;;
${words.join("\n")}
    "")
      if [[ $value == -* ]]; then
        [[ $value == --* ]] && dash=--
        local flags="${flags.join(" ")}"
        [[ $dash == -- ]] && flags="\${flags// -/ --}" flags="-$flags"
        _pprof_offer "$flags"
        [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
      elif [[ \${before[1]} == help ]]; then
        _pprof_offer "${topics().join(" ")}"
      elif [[ \${before[1]} == completion ]]; then
        _pprof_offer "bash zsh fish"
      else
        local own=()
        if [[ \${#before[@]} == 1 ]]; then
          _pprof_offer "${SUBCOMMANDS.map(({ name }) => name).join(" ")}"
          own=("\${COMPREPLY[@]}")
        fi
        _pprof_files
        COMPREPLY=("\${own[@]}" "\${COMPREPLY[@]}")
      fi
      ;;
  esac
  # Of a value with a colon, bash replaces what stands after the last one.
  local start=\${value%"\${value##*:}"} i
  [[ $start != "" ]] && for i in "\${!COMPREPLY[@]}"; do COMPREPLY[i]=\${COMPREPLY[i]#"$start"}; done
  return 0
}

complete -F _pprof pprof
`;
}
