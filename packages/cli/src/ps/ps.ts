import path from "node:path";
import { ToolError } from "../error.ts";
import { topicHelp } from "../help/topic.ts";
import type { Environment } from "../host/environment.ts";
import { oneLine } from "../host/terminal/printable.ts";
import { fit } from "../host/terminal/terminal-table.ts";
import { type Ui, write } from "../host/terminal/ui.ts";
import { parseFlags } from "../words/flags.ts";
import { withoutSecretWords } from "../words/secret-query.ts";
import { withoutCredentials } from "../words/source-url.ts";
import { type NodeProcess, nodeProcesses } from "./processes.ts";

const HEADER = ["pid", "busy", "source", "command"] as const;

/** Says which Node processes run, how busy they are, and by which source each is asked. */
export async function ps(words: readonly string[], ui: Ui, env: Environment): Promise<number> {
  const parsed = parseFlags(words, []);
  const problem =
    "problem" in parsed
      ? parsed.problem
      : "values" in parsed && parsed.positional.length > 0
        ? `ps takes no words: ${parsed.positional[0]}`
        : undefined;
  if (problem !== undefined || !("values" in parsed)) {
    if (problem !== undefined) ui.print(problem);
    ui.print(`usage: ${topicHelp("ps")}`);
    return problem === undefined ? 0 : 2;
  }
  if (process.platform !== "linux") {
    throw new ToolError(
      "ps reads /proc, which Linux has: elsewhere, pid:NUMBER is a source for what the system's ps shows",
    );
  }
  const found = await nodeProcesses();
  if (found.length === 0) ui.print("no Node process runs that this user sees");
  else write(1, table(found, ui, env));
  for (const { pid, why } of found) if (why !== undefined) ui.print(`pid ${pid}: ${ui.quoted(why)}`);
  const first = found.find(({ source }) => source !== undefined);
  if (first !== undefined && ui.errorIsTerminal) ui.print(`next: pprof -top -seconds=5 ${first.source}`);
  return 0;
}

function table(found: readonly NodeProcess[], { outputIsTerminal, isPassedOn }: Ui, env: Environment): string {
  const rows: (readonly string[])[] = [
    HEADER,
    ...found.map(({ pid, words, busy, source }) => [
      String(pid),
      `${Math.round(100 * busy)}%`,
      source ?? "-",
      // What others are started with is not for somebody else.
      commandOf(isPassedOn ? withoutSecretWords(words).map(withoutCredentials) : words),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  const columns = outputIsTerminal ? Number(env.COLUMNS) || process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
  const left = columns - widths.reduce((sum, width) => sum + width + 2, 0);
  return rows
    .map(([pid = "", busy = "", source = "", command = ""]) => {
      const shown = outputIsTerminal ? fit(oneLine(command), left, { full: false }) : oneLine(command);
      return `${pid.padStart(widths[0]!)}  ${busy.padStart(widths[1]!)}  ${source.padEnd(widths[2]!)}  ${shown}\n`;
    })
    .join("");
}

/** Node by its name alone, wherever it stands. */
function commandOf([program = "", ...words]: readonly string[]): string {
  return [path.basename(program), ...words].join(" ").trimEnd();
}
