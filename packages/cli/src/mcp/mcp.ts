import { once } from "node:events";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { topicHelp } from "../help/topic.ts";
import type { Environment } from "../host/environment.ts";
import type { Ui } from "../host/terminal/ui.ts";
import { type Flag, parseFlags } from "../words/flags.ts";
import { Desk } from "./desk.ts";
import { serveHttp } from "./http.ts";
import { agentServer } from "./server.ts";

const FLAGS: readonly Flag[] = [
  { name: "http", kind: "string" },
  { name: "source_path", kind: "string" },
];

/** Answers agents until they are gone, by standard input and output or over HTTP. */
export async function mcp(words: readonly string[], ui: Ui, env: Environment): Promise<number> {
  const parsed = parseFlags(words, FLAGS);
  const problem =
    "problem" in parsed
      ? parsed.problem
      : "values" in parsed && parsed.positional.length > 0
        ? `mcp takes no words: ${parsed.positional[0]}`
        : undefined;
  if (problem !== undefined || !("values" in parsed)) {
    if (problem !== undefined) ui.print(problem);
    ui.print(`usage: ${topicHelp("mcp")}`);
    return problem === undefined ? 0 : 2;
  }
  const text = (name: string): string => String(parsed.values.get(name)?.at(-1) ?? "");
  const desk = new Desk(ui, env, text("source_path"));
  if (text("http") !== "") {
    ui.print(`Serving agents on ${await serveHttp(text("http"), desk)}`);
    return await new Promise<never>(() => {});
  }
  if (process.stdin.isTTY)
    ui.print('Agents are served on standard input and output: "pprof help mcp" says how they start it');
  // An agent that is gone reads no more: what is still asked for is of no use to anybody.
  process.stdout.on("error", () => process.exit(0));
  await agentServer(desk).connect(new StdioServerTransport());
  // What was asked is still answered: the process ends after that, for nothing else keeps it.
  await once(process.stdin, "end");
  return 0;
}
