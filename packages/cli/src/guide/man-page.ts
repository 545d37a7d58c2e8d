import { ENVIRONMENT, EXAMPLES, groupedFlags, INTRODUCTION, spelling } from "./help.ts";

/** The manual page, for man(1): made of the tables that the help is made of. */
export function manPage(version: string): string {
  const lines = [
    `.TH PPROF 1 "" "pprof-ts ${version}" "User Commands"`,
    ".SH NAME",
    "pprof \\- read, rank, compare and draw profiles",
    ".SH SYNOPSIS",
    ".B pprof",
    "[\\fB\\-\\fIREPORT\\fR] [\\fIoptions\\fR] [\\fIbinary\\fR] \\fISOURCE\\fR...",
    ".SH DESCRIPTION",
    ...INTRODUCTION.map(troff),
    ".SH OPTIONS",
  ];
  for (const { title, rows } of groupedFlags()) {
    lines.push(`.SS ${troff(title)}`);
    for (const row of rows) lines.push(".TP", `.B ${troff(spelling(row))}`, troff(row.help));
  }
  lines.push(".SH EXAMPLES");
  for (const [command, what] of EXAMPLES) lines.push(".TP", `.B ${troff(command)}`, troff(what));
  lines.push(".SH ENVIRONMENT");
  for (const [name, what] of ENVIRONMENT) lines.push(".TP", `.B ${troff(name)}`, troff(what));
  lines.push(
    ".SH EXIT STATUS",
    "0 for a report, 1 where \\fBpprof diff \\-\\-fail\\-on\\fR found something, 2 for what could not be done.",
  );
  return `${lines.join("\n")}\n`;
}

/** Text in which nothing is a request to the formatter. */
function troff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/, "\\&$&");
}
