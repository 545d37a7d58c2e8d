import { meaning } from "../help/sections.ts";
import { topics } from "../help/topic.ts";
import { FLAGS, type FlagRow } from "../words/flag-table.ts";
import { SUBCOMMANDS } from "../words/subcommands.ts";
import { valuesOf } from "./values.ts";

const quote = (text: string): string => `'${text.replace(/['\\]/g, "\\$&")}'`;

/** A completion script for fish. */
export function fishScript(): string {
  return `# Completes pprof in fish; made by: pprof completion fish

# Names of a kind that the profile on the line has. Fish itself looks for those that fit.
function __pprof_names
    set -l words (commandline -op)
    $words[1] __complete $argv[1] '' $words[2..-1] 2>/dev/null
end

function __pprof_first
    test (count (commandline -opc)) -eq 1
end

function __pprof_after
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test "$words[2]" = $argv[1]
end

${FLAGS.map(flagLine).join("\n")}
${SUBCOMMANDS.map(({ name, help }) => `complete -c pprof -n __pprof_first -a ${name} -d ${quote(help)}`).join("\n")}
complete -c pprof -f -n '__pprof_after help' -a ${quote(topics().join(" "))}
complete -c pprof -f -n '__pprof_after completion' -a 'bash zsh fish'
`;
}

function flagLine(row: FlagRow): string {
  const flag = `complete -c pprof -o ${row.name} -d ${quote(meaning(row))}`;
  if (row.kind === "bool") return flag;
  const values = valuesOf(row);
  if (values.kind === "files") return `${flag} -r -F`;
  if (values.kind === "none") return `${flag} -x`;
  const offered = values.kind === "words" ? values.words.join(" ") : `(__pprof_names ${values.kind})`;
  return `${flag} -x -a ${quote(offered)}`;
}
