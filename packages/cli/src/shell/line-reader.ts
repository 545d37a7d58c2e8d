import { isatty } from "node:tty";
import type { Profile } from "@pprof-ts/profile";
import type { Session } from "../session.ts";

/** The lines of standard input; on a terminal with editing, completion and a history. */
export async function shellLines(profile: Profile, session: Session): Promise<AsyncIterable<string>> {
  if (!isatty(0)) return pipedLines();
  const { terminalLines } = await import("./terminal.ts");
  return terminalLines(profile, session);
}

async function* pipedLines(): AsyncGenerator<string> {
  // The profile came from there: there is no more.
  if (process.stdin.readableEnded || process.stdin.destroyed) return;
  let rest = "";
  process.stdin.setEncoding("utf8");
  for await (const part of process.stdin) {
    const lines = (rest + part).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
