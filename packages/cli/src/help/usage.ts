import { SUBCOMMANDS, synopsis } from "../words/subcommands.ts";
import { columns, wrap } from "./columns.ts";
import { ENVIRONMENT, EXAMPLES, entry, sections } from "./sections.ts";

const LEFT = 25;

/** What the tool is, in a few sentences. */
export const INTRODUCTION = `Says where a program's time or memory goes. A SOURCE is a profile: a file, or the address of a
running program, which then records one. Several are merged. A BINARY in front of them gives names to the functions of
native code. Without a report among the flags, a shell makes them one after the other. Flags stand before sources.`;

export const SYNOPSIS: readonly string[] = ["pprof [FLAGS] [BINARY] SOURCE...", ...SUBCOMMANDS.map(synopsis)];

/** What is printed after a mistyped command line. */
export const shortUsage =
  "usage: pprof [FLAGS] [BINARY] SOURCE...\nTry: pprof -top SOURCE, or pprof -h for everything\n";

/** Everything there is, grouped by what people want, with examples. */
export function usage(): string {
  const lines = [`usage: ${SYNOPSIS.join("\n       ")}`, "", ...wrap(INTRODUCTION), "", "Examples:"];
  lines.push(...columns(EXAMPLES, 46));
  for (const { title, flags } of sections()) {
    lines.push("", `${title}:`);
    lines.push(...columns(flags.map(entry), LEFT));
  }
  lines.push("", "More commands:");
  lines.push(
    ...columns(
      SUBCOMMANDS.map(({ name, help }) => [name, help] as const),
      LEFT,
    ),
  );
  lines.push("", "Environment:", ...columns(ENVIRONMENT, LEFT), "");
  return lines.join("\n");
}
