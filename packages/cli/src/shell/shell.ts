import { isatty } from "node:tty";
import type { Profile } from "@pprof-ts/profile";
import {
  analyze,
  defaultOptions,
  formatIn,
  OPTIONS,
  type OptionRow,
  type Options,
  optionRow,
  ProfileIndex,
  parseOption,
  profileLegend,
  ReportError,
  sampleIndexOf,
} from "@pprof-ts/report";
import { messageOf, ToolError } from "../error.ts";
import { optionHelp } from "../help/topic.ts";
import { ClosedOutput } from "../host/terminal/ui.ts";
import { generate } from "../print/generate.ts";
import { world } from "../print/world.ts";
import type { Session } from "../session.ts";
import { commandRow, FORMS } from "../words/commands.ts";
import { shellLines } from "./line-reader.ts";
import { parseCommandLine } from "./shell-command.ts";
import { commandHelp, shellHelp } from "./shell-help.ts";
import { showOption } from "./shell-option.ts";

const COMMENT = "//:";

/** The interactive shell: options that last, commands that make reports with them. */
export class Shell {
  readonly #profile: Profile;
  /** What one command worked out and the next need not. */
  readonly #index: ProfileIndex;
  readonly #session: Session;
  readonly #shortcuts: ReadonlyMap<string, readonly string[]>;
  #options: Options;

  constructor(profile: Profile, options: Options, session: Session) {
    this.#profile = profile;
    this.#index = new ProfileIndex(profile);
    this.#session = session;
    this.#options = { ...options, compact_labels: true };
    this.#shortcuts = shortcutsOf(profile);
  }

  /** Greets, and does what the lines say until one of them is `quit` or there are no more. */
  async run(): Promise<void> {
    this.#greet();
    const lines = await shellLines(this.#profile, this.#session);
    // On a terminal Ctrl-C ends what a command does (interrupt.ts); where nothing can be ended it must not end the shell.
    if (isatty(0)) process.on("SIGINT", () => {});
    for await (const line of lines) {
      const text = line.trim();
      for (const step of this.#shortcuts.get(text) ?? [text]) {
        if (["quit", "exit", "q"].includes(step)) return;
        try {
          await this.#execute(step);
        } catch (error) {
          if (error instanceof ClosedOutput) throw error;
          const { ui } = this.#session;
          // It may name what the profile holds.
          ui.warn(error instanceof ReportError ? ui.quoted(error.message) : messageOf(error));
        }
      }
    }
  }

  #greet(): void {
    const { ui } = this.#session;
    try {
      // Of the whole profile: filters come with the commands.
      const { sample_index, mean, unit, divide_by } = this.#options;
      const analysis = analyze(this.#index, { ...defaultOptions, sample_index, mean, unit, divide_by });
      for (const message of analysis.messages) ui.warn(ui.quoted(message));
      ui.print(profileLegend(analysis, formatIn(analysis, unit), world()).map(ui.quoted).join("\n"));
      if (analysis.total === 0n && this.#profile.sampleTypes.length > 1) {
        ui.print("No samples were found with the default sample value type.");
        ui.print('Try "sample_index" command to analyze different sample values.\n');
      }
    } catch {
      // What is wrong with the options is said when a report is asked for.
    }
    ui.print('Entering interactive mode (type "help" for commands, "o" for options)');
  }

  async #execute(line: string): Promise<void> {
    const equals = line.indexOf("=");
    const name = (equals < 0 ? line : line.slice(0, equals)).trim();
    const row = optionRow(name);
    if (row !== undefined) {
      this.#set(row, name, equals < 0 ? undefined : line.slice(equals + 1));
      return;
    }
    const words = line.split(/\s+/).filter((word) => word !== "");
    const [first] = words;
    if (first === undefined) return;
    if (first === "o" || first === "options") this.#session.ui.print(this.#listOptions());
    else if (first === "help") this.#help(words.slice(1).join(" "));
    else {
      await generate(this.#index, parseCommandLine(words, this.#options), this.#session);
    }
  }

  #set(row: OptionRow, name: string, assigned: string | undefined): void {
    const isChoice = row.name !== name;
    if (assigned === undefined && !isChoice && row.kind !== "bool") {
      throw new ToolError(`please specify a value, e.g. ${name}=<val>`);
    }
    const comment = assigned?.lastIndexOf(COMMENT) ?? -1;
    const text = (comment < 0 ? (assigned ?? "") : assigned!.slice(0, comment)).trim();
    if (isChoice) {
      if (assigned !== undefined && !/^(1|t|T|TRUE|true|True)$/.test(text)) {
        throw new ToolError(`unknown config field "${name}"`);
      }
      this.#options = { ...this.#options, [row.name]: name };
    } else if (name === "sample_index") {
      const { sampleTypes } = this.#profile;
      this.#options = { ...this.#options, sample_index: sampleTypes[sampleIndexOf(this.#profile, text)]!.type };
    } else this.#options = { ...this.#options, [name]: parseOption(row, text) };
  }

  #listOptions(): string {
    const types = this.#profile.sampleTypes.map(({ type }) => this.#session.ui.quoted(type));
    const lines: string[] = [];
    for (const row of OPTIONS) {
      const { name } = row;
      if (name === "source_path") continue;
      let value = showOption(this.#options[name]);
      let comment = "";
      if (row.choices !== undefined) {
        comment = `[${Object.keys(row.choices).sort().join(" | ")}]`;
        if (value === "") value = "(default)";
      } else if (name === "sample_index") {
        comment = `[${types.join(" | ")}]`;
        if (value === "") value = types.at(-1) ?? "";
      } else if (name === "nodecount" && value === "-1") comment = "default";
      else if (value === "") value = '""';
      if (comment !== "") comment = `${COMMENT} ${comment}`;
      lines.push(`  ${name.padEnd(25)} = ${value.padEnd(20)} ${comment}`);
    }
    return lines.sort().join("\n");
  }

  #help(topic: string): void {
    const { ui } = this.#session;
    const command = commandRow(topic) ?? FORMS.find(({ name }) => name === topic);
    const option = optionHelp(topic);
    if (topic === "") ui.print(shellHelp(ui.outputIsTerminal));
    else if (command !== undefined) ui.print(commandHelp(command));
    else if (option === undefined) ui.warn(`Unknown command: ${topic}`);
    else if (topic !== "sample_index") ui.print(option);
    else {
      const types = this.#profile.sampleTypes.map(({ type }) => ui.quoted(type)).join(" ");
      ui.print(option.replace(/\n$/, `Or use sample_index=name, with name in [${types}].\n\n`));
    }
  }
}

/** Lines that stand for others: `:` clears the filters, and a sample type's name selects it. */
function shortcutsOf(profile: Profile): ReadonlyMap<string, readonly string[]> {
  const shortcuts = new Map<string, readonly string[]>();
  shortcuts.set(":", ["focus=", "ignore=", "hide=", "tagfocus=", "tagignore="]);
  for (const { type } of profile.sampleTypes) {
    const select = `sample_index=${type}`;
    shortcuts.set(type, [select]).set(`total_${type}`, ["mean=0", select]).set(`mean_${type}`, ["mean=1", select]);
  }
  return shortcuts;
}
