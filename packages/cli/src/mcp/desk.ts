import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { messageOf, ToolError } from "../error.ts";
import type { Environment } from "../host/environment.ts";
import { saveDirectory, writeNumbered } from "../host/file/temp-file.ts";
import { printable } from "../host/terminal/printable.ts";
import type { Ui } from "../host/terminal/ui.ts";
import { shellWord } from "../words/shell-word.ts";
import { withoutCredentials } from "../words/source-url.ts";
import { type RecordedRow, recordingAddress } from "./address.ts";
import { cutText } from "./excerpt.ts";
import { isChanged, type Opened, OpenedFiles, type OpenedKind } from "./opened.ts";
import { budgetOf, type Values } from "./parameter.ts";
import { type Ran, Runs } from "./runs.ts";

/** Bytes of an answer that are left for what stands above the report. */
const HEAD_BYTES = 1000;
/** Those of the line that says where it was cut. */
const CUT_BYTES = 200;
const LONGEST_PART = 300;
const FIRST_ROWS = "-nodecount=10";
/** More than the line of JSON that names the types of values. */
const TYPES_BYTES = 64 << 10;

/** Lines of progress, which say nothing that the answer does not. */
const PROGRESS = /^(Fetching|Please wait|Saved profile|Saving trace|Recording)/;

/** Whoever asks: what ends the work, and who is told how far it is. */
export interface Asker {
  readonly signal: AbortSignal;
  readonly progress: (seconds: number) => void;
}

/** Answers questions on profiles: each answer is what a command line prints, under what it is and where it was cut. */
export class Desk {
  readonly opened: OpenedFiles = new OpenedFiles();
  readonly env: Environment;
  readonly #ui: Ui;
  readonly #runs: Runs;
  readonly #sourcePath: string;

  constructor(ui: Ui, env: Environment, sourcePath: string) {
    this.#ui = ui;
    this.env = env;
    this.#sourcePath = sourcePath;
    this.#runs = new Runs(env);
  }

  /** What the tool prints with these words, which read `opened`. */
  async report(
    words: readonly string[],
    values: Values,
    asker: Asker,
    opened: readonly Opened[] = [],
  ): Promise<string> {
    const { first, bytes } = budgetOf(values);
    const ran = await this.#runs.report(words, { first, bytes: bytes - HEAD_BYTES, signal: asker.signal });
    return answer([...opened.slice(0, 2).map(described), commandLine(words), ...opened.slice(2).map(described)], ran);
  }

  /** The words of the command line that print a report with these flags. */
  words(flags: readonly string[], { lead, files }: Opened): readonly string[] {
    return [...lead, ...flags, ...(this.#sourcePath === "" ? [] : [`-source_path=${this.#sourcePath}`]), ...files];
  }

  /** Opens files, or records what is at addresses, and says what is in there first. */
  async open(sources: readonly string[], values: Values, asker: Asker): Promise<string> {
    if (sources.includes("-")) throw new ToolError('"-" is the standard input, which the agent has: name a file');
    const isThere = sources.map((source) => existsSync(source));
    if (isThere.every((there) => !there)) return await this.#fetch(sources, [], values, asker);
    if (isThere.includes(false)) {
      const missing = sources[isThere.indexOf(false)]!;
      throw new ToolError(
        `no such file: ${withoutCredentials(missing)}; files and addresses are opened one after the other`,
      );
    }
    try {
      return await this.#show("profile", sources, [], values, asker);
    } catch (error) {
      if (sources.length > 1 || !messageOf(error).includes(": pprof trace reads it")) throw error;
      return await this.#show("trace", sources, [], values, asker);
    }
  }

  async record(source: string, row: RecordedRow, values: Values, asker: Asker): Promise<string> {
    const seconds = Number(values.get("seconds") ?? row.seconds ?? 0);
    if (seconds < 0 || seconds > 600) throw new ToolError(`invalid seconds ${seconds}: must be 1 to 600`);
    const address = recordingAddress(source, row);
    const flags = seconds === 0 ? [] : [`-seconds=${seconds}`];
    if (row.kind !== "trace") return await this.#fetch([address], flags, values, asker);
    const file = writeNumbered(saveDirectory(this.env, this.#ui), "pprof.trace.", ".out", "");
    try {
      await this.#live(["trace", `-save=${file}`, ...flags, "--", address], asker);
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    }
    return await this.#show("trace", [file], [], values, asker);
  }

  /** A handle for the profile that is made of a trace. */
  async derive({ files }: Opened, name: string, values: Values, asker: Asker): Promise<string> {
    return await this.#show("profile", files, ["trace", `-pprof=${name}`], values, asker);
  }

  /** As -md prints it: a profile for whoever reads it as a resource. */
  async markdown(kind: OpenedKind, files: readonly string[], lead: readonly string[], asker: Asker): Promise<string> {
    const words = kind === "trace" ? ["trace", ...files] : [...lead, "-md", ...files];
    const { first, bytes } = budgetOf(new Map());
    const { cut } = await this.#runs.report(words, { first, bytes, signal: asker.signal });
    const { last, lines } = cut;
    const rest = last < lines ? `\nCUT: ${lines - last} more lines are printed by ${commandLine(words)}\n` : "";
    return printable(`${cut.text}${rest}`);
  }

  /** Records what is at addresses; the tool saves what it fetched, and that file is opened. */
  async #fetch(sources: readonly string[], flags: readonly string[], values: Values, asker: Asker): Promise<string> {
    const said = await this.#live(["-top", FIRST_ROWS, ...flags, "--", ...sources], asker);
    const saved = /^Saved profile in (.*)$/m.exec(said)?.[1];
    if (saved === undefined) {
      throw new ToolError(
        `what was recorded could not be saved: PPROF_TMPDIR names a directory that can be written; ${said}`,
      );
    }
    return await this.#show("profile", [saved], [], values, asker);
  }

  async #live(words: readonly string[], asker: Asker): Promise<string> {
    const begun = performance.now();
    const told = setInterval(() => asker.progress((performance.now() - begun) / 1000), 1000);
    try {
      return (await this.#runs.live(words, { first: 1, bytes: 0, signal: asker.signal })).said;
    } finally {
      clearInterval(told);
    }
  }

  /** What is in there first; it has a handle once it could be read. */
  async #show(
    kind: OpenedKind,
    given: readonly string[],
    lead: readonly string[],
    values: Values,
    asker: Asker,
  ): Promise<string> {
    const files = given.map((file) => path.resolve(file));
    const words = kind === "trace" ? ["trace", ...files] : [...lead, "-top", FIRST_ROWS, ...files];
    const { first, bytes } = budgetOf(values);
    const [ran, types] = await Promise.all([
      this.#runs.report(words, { first, bytes: bytes - HEAD_BYTES, signal: asker.signal }),
      kind === "trace" ? "" : this.#sampleTypes([...lead, "-json", "-nodecount=1", ...files], asker),
    ]);
    const head = [described(this.opened.add(kind, files, lead)), commandLine(words)];
    return answer(types === "" ? head : [`sample_index may be ${types}`, ...head], ran);
  }

  /** The types of values that the profile has, with their units. */
  async #sampleTypes(words: readonly string[], { signal }: Asker): Promise<string> {
    const { cut } = await this.#runs.report(words, { first: 1, bytes: TYPES_BYTES, signal });
    const line = /^ {2}"profile": (\{.*\}),$/m.exec(cut.text)?.[1];
    const { sampleTypes = [] } = JSON.parse(line ?? "{}") as {
      sampleTypes?: readonly { type: string; unit: string }[];
    };
    return cutText(printable(sampleTypes.map(({ type, unit }) => `${type} (${unit})`).join(", ")), LONGEST_PART);
  }
}

function described(opened: Opened): string {
  const made = opened.lead.length === 0 ? "" : `, ${opened.lead.at(-1)!.replace("-pprof=", "")} of it`;
  const changed = isChanged(opened) ? " (CHANGED since it was opened: open it again)" : "";
  return `${opened.handle}: ${opened.files.join(", ")}${made}${changed}`;
}

function commandLine(words: readonly string[]): string {
  return `$ pprof ${words.map(shellWord).join(" ")}`;
}

/** An answer as it is read: what it is of, what is to be known, where it was cut, the report. */
function answer(head: readonly string[], { cut, said }: Ran): string {
  const notes = said.split("\n").filter((line) => line !== "" && !PROGRESS.test(line));
  const lines: string[] = [];
  let bytes = 0;
  for (const line of [...head, ...notes.map((note) => `note: ${note}`)]) {
    const shown = cutText(line.replaceAll("\n", " "), LONGEST_PART);
    bytes += Buffer.byteLength(shown) + 1;
    if (bytes > HEAD_BYTES - CUT_BYTES) break;
    lines.push(shown);
  }
  return printable([...lines, ...cutLine(cut), "", cut.text].join("\n"));
}

function cutLine({ first, last, lines, isLineCut }: Ran["cut"]): string[] {
  if (lines === 0) return ["nothing was printed"];
  if (first > lines) return [`CUT: there is no line ${first}, for the report has ${lines}`];
  if (first === 1 && last >= lines && !isLineCut) return [];
  const long = isLineCut ? `, of line ${last} its beginning` : "";
  const more = last < lines ? `from_line=${last + 1} has the next, more max_tokens more, ` : "";
  return [`CUT: lines ${first} to ${last} of ${lines} are here${long}: ${more}nodecount, focus or ignore what matters`];
}
