import { SUBCOMMANDS, synopsis } from "../words/subcommands.ts";
import { ENVIRONMENT, EXAMPLES, entry, sections } from "./sections.ts";
import { INTRODUCTION, SYNOPSIS } from "./usage.ts";

/** The tool's page of the manual, as roff of the `man` macros. */
export function manPage(version: string): string {
  const list = (rows: readonly (readonly [string, string])[]): string[] =>
    rows.flatMap(([name, text]) => [".TP", `.B ${roff(name)}`, roff(text)]);
  return [
    `.TH PPROF 1 "" "pprof ${version}" "User Commands"`,
    ".SH NAME",
    "pprof \\- read, rank, compare and draw profiles",
    ".SH SYNOPSIS",
    ...SYNOPSIS.flatMap((line, i) => [...(i > 0 ? [".br"] : []), `.B ${roff(line)}`]),
    ".SH DESCRIPTION",
    roff(INTRODUCTION.replaceAll("\n", " ")),
    ".SH EXAMPLES",
    ...EXAMPLES.flatMap(([command, question]) => [".TP", `.B ${roff(command)}`, roff(question)]),
    ...sections().flatMap(({ title, flags }) => [`.SH "${roff(title.toUpperCase())}"`, ...list(flags.map(entry))]),
    '.SH "MORE COMMANDS"',
    ...SUBCOMMANDS.flatMap((row) => [...list([[synopsis(row), row.help]]), ...verbatim(row.details)]),
    ".SH ENVIRONMENT",
    ...list(ENVIRONMENT),
    ".SH EXIT STATUS",
    ...list([
      ["0", "what was asked for was done"],
      ["1", "diff and ci: a condition is met, or a limit exceeded"],
      ["2", "it could not be done; standard error says why"],
    ]),
    "",
  ].join("\n");
}

/** Lines as they are, in the paragraph before. */
function verbatim(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [".IP", ".nf", ...lines.map((line) => (line === "" ? ".sp" : roff(line))), ".fi"];
}

/** Text in which nothing is a command of roff's, and a hyphen is the one that is typed. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(['.])/, "\\&$1")
    .replaceAll('"', "\\(dq");
}
