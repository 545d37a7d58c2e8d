import { createInterface } from "node:readline";
import { isatty } from "node:tty";
import { DERIVED_NAMES, type Trace } from "@pprof-ts/profile";
import { scaledLabel } from "@pprof-ts/report";
import { messageOf } from "../error.ts";
import { topicHelp } from "../help/topic.ts";
import { ClosedOutput, type Ui } from "../host/terminal/ui.ts";

const ENDS = ["quit", "exit", "q"];

/** Shows what each line asks for until one of them is `quit`. `show` takes what would stand behind `pprof trace`. */
export async function traceShell(
  { durationNanos }: Trace,
  ui: Ui,
  show: (words: readonly string[]) => Promise<void>,
): Promise<void> {
  const lasts = scaledLabel(durationNanos, "nanoseconds", "auto");
  ui.print(`Trace of ${lasts}, in interactive mode ("help" for what there is, "quit" to end)`);
  const output = isatty(0) ? { output: process.stderr, prompt: "(trace) " } : {};
  const lines = createInterface({ input: process.stdin, ...output });
  if (isatty(0)) lines.prompt();
  for await (const line of lines) {
    const words = line
      .trim()
      .split(/\s+/)
      .filter((word) => word !== "");
    if (ENDS.includes(words[0] ?? "")) break;
    try {
      if (words[0] === "help") ui.print(`${topicHelp("trace")}`);
      else if (words.length > 0) await show(dashed(words));
    } catch (error) {
      if (error instanceof ClosedOutput) throw error;
      ui.warn(ui.quoted(messageOf(error)));
    }
    if (isatty(0)) lines.prompt();
  }
  lines.close();
}

/** `waits 5` is `-waits -nodecount=5`, `task 7` is `-task=7`, `await top` is `-pprof=await -top`, `summary` nothing. */
function dashed(words: readonly string[]): string[] {
  const [first = "", second = "", ...rest] = words;
  if (first === "task") return [`-task=${second}`, ...dashed(rest)];
  return words.flatMap((word, i) => {
    if (word === "summary") return [];
    if (i === 0 && DERIVED_NAMES.includes(word)) return [`-pprof=${word}`];
    if (/^\d+$/.test(word)) return [`-nodecount=${word}`];
    return [word.startsWith("-") ? word : `-${word}`];
  });
}
