import { writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Profile } from "@pprof-ts/profile";
import type { Environment } from "../host/environment.ts";
import { makeDirectory } from "../host/file/file-name.ts";
import { readTextFile } from "../host/file/regular-file.ts";
import { homeDirectory } from "../host/file/temp-file.ts";
import type { Session } from "../session.ts";
import { completer } from "./complete.ts";

const MOST_HISTORY = 1000;

/** Lines as they are typed, with editing, completion, and the history of earlier sessions; Ctrl-C clears the line. */
export async function* terminalLines(profile: Profile, session: Session): AsyncGenerator<string> {
  const file = historyFile(session.env);
  let history = readHistory(file);
  const { ui } = session;
  for (;;) {
    // A new interface for each line: between them the terminal is as it was, and Ctrl-C is a signal.
    const interface_ = createInterface({
      input: process.stdin,
      output: ui.outputIsTerminal ? process.stdout : process.stderr,
      terminal: process.env.TERM !== "dumb",
      completer: completer(profile),
      history: [...history],
      historySize: MOST_HISTORY,
      removeHistoryDuplicates: true,
      prompt: "(pprof) ",
    });
    const line = await new Promise<string | undefined>((resolve) => {
      interface_.once("line", resolve).once("close", () => resolve(undefined));
      interface_.on("history", (lines) => {
        history = lines;
      });
      interface_.on("SIGINT", () => {
        // What was typed goes, as in other shells.
        interface_.write(null, { ctrl: true, name: "e" });
        interface_.write(null, { ctrl: true, name: "u" });
      });
      interface_.prompt();
    });
    interface_.close();
    if (line === undefined) {
      ui.print("");
      return;
    }
    writeHistory(file, history);
    yield line;
  }
}

function historyFile(env: Environment): string | undefined {
  const home = homeDirectory(env);
  const directory = env.XDG_STATE_HOME || (home && path.join(home, ".local", "state"));
  return directory && path.join(directory, "pprof", "history");
}

/** The last line first, as readline has it. */
function readHistory(file: string | undefined): string[] {
  try {
    return file === undefined ? [] : readTextFile(file).split("\n").filter(Boolean).reverse();
  } catch {
    return [];
  }
}

function writeHistory(file: string | undefined, history: readonly string[]): void {
  if (file === undefined) return;
  try {
    makeDirectory(path.dirname(file));
    writeFileSync(file, `${[...history].reverse().join("\n")}\n`, { mode: 0o600 });
  } catch {
    // A home that cannot be written is no reason to stop.
  }
}
