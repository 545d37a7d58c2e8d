import { OPTIONS, type OptionRow, optionRow } from "@pprof-ts/report";
import { commandRow } from "../words/commands.ts";
import { FLAGS, type FlagRow } from "../words/flag-table.ts";
import { nearest } from "../words/nearest.ts";
import { SUBCOMMANDS, synopsis } from "../words/subcommands.ts";
import { AGENTS, AGENTS_HELP } from "./agents.ts";
import { columns, WIDTH, wrap } from "./columns.ts";
import { entry, meaning, written } from "./sections.ts";

/** Everything that there is help on. */
export function topics(): string[] {
  return [...new Set([...SUBCOMMANDS, ...FLAGS, ...OPTIONS].map(({ name }) => name)), AGENTS];
}

/** What there is to know of a command, a flag or an option, or undefined if it is none. */
export function topicHelp(topic: string): string | undefined {
  const name = topic.replace(/^--?/, "");
  const flag = FLAGS.find((row) => row.name === name);
  const option = optionRow(name);
  const own = SUBCOMMANDS.find((row) => row.name === name);
  if (name === AGENTS) return AGENTS_HELP;
  if (own !== undefined)
    return page(synopsis(own), [own.help, ...(own.details.length === 0 ? [] : ["", ...own.details])]);
  if (flag !== undefined && option === undefined) return flagPage(flag);
  return option === undefined ? undefined : optionPage(option);
}

/** What is said of a topic that there is none of. */
export function noTopic(topic: string): string {
  const meant = nearest(topic.replace(/^--?/, ""), topics());
  return `no help on "${topic}"${meant === undefined ? "" : `: did you mean ${meant}?`}; pprof -h lists everything`;
}

function flagPage(flag: FlagRow): string {
  const command = commandRow(flag.name);
  const usage = command?.usage ?? [];
  const shell = usage.length === 0 ? (command === undefined ? [] : [flag.name]) : usage;
  const file =
    command?.extension === undefined ? [] : [`On a terminal the report goes into a file, *.${command.extension}.`];
  const lines = [...file, ...(shell.length === 0 ? [] : ["", "In the shell:", ...shell.map((line) => `  ${line}`)])];
  return page(`pprof ${written(flag)} SOURCE...`, [meaning(flag), ...lines]);
}

function optionPage(option: OptionRow): string {
  const { name, kind, choices, help, details = [], urlKey } = option;
  const rows = FLAGS.filter((row) => row.name === name || (kind === "choice" && choices?.[row.name] !== undefined));
  const [flag] = rows;
  const title =
    choices === undefined && flag !== undefined ? written(flag) : `-${Object.keys(choices ?? {}).join(" | -")}`;
  const shell = kind === "choice" ? Object.keys(choices ?? {})[0] : kind === "bool" ? "false" : (flag?.value ?? "");
  const notes = [
    `In the shell: ${name}=${shell}`,
    ...(urlKey === undefined ? [] : [`In a page's address: ${urlKey}=...`]),
  ];
  const values = choices === undefined ? [] : ["", ...columns(rows.map(entry), 20)];
  const first = choices === undefined && flag !== undefined ? meaning(flag) : help;
  return page(`pprof ... ${title} SOURCE...`, [first, ...details, ...values, "", ...notes]);
}

function page(title: string, lines: readonly string[]): string {
  return `${[title, "", ...lines.flatMap(indent)].join("\n")}\n`;
}

function indent(line: string): string[] {
  if (line.length <= WIDTH - 2) return [line === "" ? "" : `  ${line}`];
  return wrap(line, WIDTH - 2).map((part) => `  ${part}`);
}

/** What the shell says of an option. */
export function optionHelp(name: string): string | undefined {
  const row = optionRow(name);
  if (row === undefined) return undefined;
  if (row.choices === undefined) return `${[row.help, ...(row.details ?? [])].join("\n")}\n\n`;
  const choice = row.choices[name];
  return choice === undefined ? undefined : `${choice}\n\n`;
}
