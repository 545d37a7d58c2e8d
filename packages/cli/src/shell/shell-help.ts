import { OPTIONS, type OptionRow } from "@pprof-ts/report";
import { COMMANDS, type CommandRow, FORMS } from "../words/commands.ts";

/** Pads a name to the column in which what it means begins. */
export function helpLine(name: string, meaning: string, indent = "    "): string {
  return `${indent}${name.padEnd(16)} ${meaning}`;
}

/** All commands and options, as the shell lists them; with `own`, also the commands that the reference tool has not. */
export function shellHelp(own: boolean): string {
  const commands = [...COMMANDS.filter((command) => own || !command.own), ...(own ? FORMS : [])]
    .map(({ name, help }) => helpLine(name, help))
    .sort();
  const isGroup = ({ kind }: OptionRow): boolean => kind === "choice";
  const options = OPTIONS.filter((row) => !isGroup(row)).map(({ name, help }) => helpLine(name, help));
  const groups = OPTIONS.filter(isGroup).map(({ name, choices }) =>
    [
      helpLine(name, ""),
      ...Object.entries(choices ?? {}).map(([choice, meaning]) => helpLine(choice, meaning, "      ")),
    ].join("\n"),
  );
  return [
    "  Commands:",
    ...commands,
    helpLine("o/options", "List options and their current values"),
    helpLine("q/quit/exit/^D", "Exit pprof"),
    "",
    "  Options:",
    ...options.sort(),
    "",
    "  Option groups (only set one per group):",
    ...groups.sort(),
    "  :   Clear focus/ignore/hide/tagfocus/tagignore",
    "",
    '  type "help <cmd|option>" for more information',
    "",
  ].join("\n");
}

/** What a command does and how it is used. */
export function commandHelp({ help, usage }: Pick<CommandRow, "help" | "usage">): string {
  const lines = usage.map((line) => `    ${line}`);
  return [help, ...(lines.length > 0 ? ["  Usage:", ...lines] : []), "", ""].join("\n");
}
