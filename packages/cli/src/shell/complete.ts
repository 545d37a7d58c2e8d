import type { Profile } from "@pprof-ts/profile";
import { OPTIONS, optionRow } from "@pprof-ts/report";
import { functionNames, quoted, unquoted } from "../complete/names.ts";
import { flagsByKind } from "../complete/values.ts";
import { oneLine } from "../host/terminal/printable.ts";
import { COMMANDS, commandRow, FORMS } from "../words/commands.ts";

/** What may stand in place of the last word, and that word: what readline asks for. */
export type Completion = [candidates: string[], word: string];

const HELP = "help";
const OWN_WORDS = [HELP, "options", "quit", "exit"];
const MOST_FUNCTIONS = 200;

/** Completes a line of the shell: commands, options and their values, sample types, and functions by any part of their name. */
export function completer(profile: Profile): (line: string) => Completion {
  const types = profile.sampleTypes.map(({ type }) => type).filter((type) => type === oneLine(type));
  const choices = OPTIONS.flatMap(({ choices }) => Object.keys(choices ?? {}));
  const reports = COMMANDS.map(({ name }) => name);
  const forms: readonly string[] = FORMS.map(({ name }) => name);
  const first = [
    ...reports,
    ...forms,
    ...OPTIONS.map(({ name, kind }) => (kind === "bool" ? name : `${name}=`)),
    ...choices,
    ...OWN_WORDS,
    ...types,
  ];
  const topics = [...reports, ...forms, ...OPTIONS.map(({ name }) => name), ...choices];
  const ofFunctions = new Set(flagsByKind("functions").map(({ name }) => name));
  let functions: readonly string[] | undefined;
  const functionsWith = (word: string): Completion => {
    functions ??= functionNames(profile);
    const sign = word.startsWith("-") ? "-" : "";
    const part = unquoted(word.slice(sign.length));
    const found = functions.filter((name) => name.includes(part)).slice(0, MOST_FUNCTIONS);
    // Readline completes what names begin with: one that only holds the word is offered when it is the only one.
    if (found.length === 1) return [[sign + quoted(found[0]!)], word];
    const beginning = found.filter((name) => name.startsWith(part));
    return [(beginning.length > 0 ? beginning : found).map((name) => sign + quoted(name)), word];
  };
  return (line) => {
    const word = /\S*$/.exec(line)![0];
    const before = line.slice(0, line.length - word.length).trim();
    const assignment = /^\s*(\w+)\s*=\s*(.*)$/.exec(line);
    const row = assignment === null ? undefined : optionRow(assignment[1]!);
    if (assignment !== null && row !== undefined) {
      if (ofFunctions.has(row.name)) return functionsWith(assignment[2]!);
      const values =
        row.name === "sample_index" ? types : row.kind === "bool" ? ["true", "false"] : Object.keys(row.choices ?? {});
      return startingWith(values, assignment[2]!);
    }
    if (before === "") {
      const [found] = startingWith(first, word);
      // Something goes on behind these.
      const goesOn = found.length === 1 && [...reports, ...forms, HELP].includes(found[0]!);
      return [goesOn ? [`${found[0]} `] : found, word];
    }
    if (before === HELP) return startingWith(topics, word);
    if (forms.includes(before)) return startingWith(reports, word);
    const [name = "", next = ""] = before.split(/\s+/);
    const command = commandRow(forms.includes(name) ? next : name);
    if (command === undefined || command.name === "tags") return [[], word];
    return functionsWith(word);
  };
}

function startingWith(words: readonly string[], start: string): Completion {
  const lower = start.toLowerCase();
  return [[...new Set(words)].filter((word) => word.toLowerCase().startsWith(lower)).sort(), start];
}
