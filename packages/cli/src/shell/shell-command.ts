import { type Form, type Options, optionRow } from "@pprof-ts/report";
import { ToolError } from "../error.ts";
import { COMMANDS, type CommandRow, commandRow, FORMS } from "../words/commands.ts";
import { quote } from "../words/flags.ts";
import { nearest } from "../words/nearest.ts";

/** A report that a line of the shell asks for. */
export interface ShellCommand {
  readonly command: CommandRow;
  readonly argument: string | undefined;
  /** The shell's options with what the line says for this once. */
  readonly options: Options;
  /** How it is written: `json tree` is the tree as JSON. */
  readonly form: Form;
}

const DEFAULT_ROWS = 10;

/** Understands the words of a line: a command, its argument, then numbers, `-cum`, `>file`, and what to focus on or `-ignore`. */
export function parseCommandLine(words: readonly string[], options: Options): ShellCommand {
  const form = FORMS.find(({ name }) => name === words[0])?.name;
  const { command, rest } = form === undefined ? findCommand(words) : formed(words.slice(1));
  let at = 0;
  let argument: string | undefined;
  if (command.takesRegexp) {
    argument = rest[at++];
    if (argument === undefined) throw new ToolError(`command ${command.name} requires an argument`);
  }
  const focus: string[] = [];
  const ignore: string[] = [];
  const set: { -readonly [K in keyof Options]?: Options[K] } = {};
  for (; at < rest.length; at++) {
    const word = rest[at]!;
    if (/^[+-]?\d+$/.test(word) && Math.abs(Number(word)) < 2 ** 31) set.nodecount = Number(word);
    else if (word.startsWith(">")) {
      const file = word.length > 1 ? word.slice(1) : rest[++at];
      if (file === undefined) throw new ToolError("unexpected end of line after >");
      set.output = file;
    } else if (word === "-cum" || word === "--cum") set.sort = "cum";
    else if (!word.startsWith("-")) focus.push(word);
    else if (word.length > 1) ignore.push(word.slice(1));
  }
  const isTags = command.name === "tags";
  if (focus.length > 0) set[isTags ? "tagfocus" : "focus"] = focus.join("|");
  if (ignore.length > 0) set[isTags ? "tagignore" : "ignore"] = ignore.join("|");
  const merged = { ...options, ...set };
  const isTop = command.name === "top" || command.name === "text";
  if (isTop && merged.nodecount === -1 && form === undefined) merged.nodecount = DEFAULT_ROWS;
  return { command, argument, options: merged, form: form ?? "own" };
}

/** What stands behind `json` or `csv`: a command, or without one what may stand behind `top`. */
function formed(words: readonly string[]): { command: CommandRow; rest: readonly string[] } {
  const [name = ""] = words;
  return /^([-+\d>].*)?$/.test(name) ? { command: commandRow("top")!, rest: words } : findCommand(words);
}

/** The command of a line and the words after it; `top10` is `top 10`. */
function findCommand(words: readonly string[]): { command: CommandRow; rest: readonly string[] } {
  const [name = "", ...rest] = words;
  const known = commandRow(name);
  if (known !== undefined) return { command: known, rest };
  const [, letters = name, digits] = /^(.*\D)(\d+)$/.exec(name) ?? [];
  const abbreviated = commandRow(letters);
  if (digits !== undefined && abbreviated !== undefined) return { command: abbreviated, rest: [digits, ...rest] };
  if (optionRow(letters) !== undefined) {
    throw new ToolError(`did you mean: ${letters}=${(digits === undefined ? rest : [digits, ...rest])[0] ?? "<val>"}`);
  }
  const meant = nearest(
    letters,
    [...COMMANDS, ...FORMS].map((command) => command.name),
  );
  const hint = meant === undefined ? "" : ` (did you mean ${meant}?)`;
  throw new ToolError(`unrecognized command: ${quote(letters)}${hint}`);
}
