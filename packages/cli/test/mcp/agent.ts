import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { tool } from "../tool.ts";

/** What a tool answered. */
export interface Said {
  readonly text: string;
  readonly isError: boolean;
}

/** An agent that has the tools of `pprof mcp`, by the SDK's own client, until it is disposed of. */
export class Agent implements AsyncDisposable {
  readonly client: Client = new Client({ name: "test", version: "1" });

  /** Starts a server in a directory. */
  static async start(cwd: string, words: readonly string[] = []): Promise<Agent> {
    const agent = new Agent();
    const env = { PATH: process.env.PATH ?? "", HOME: cwd, PPROF_TMPDIR: cwd, TZ: "UTC" };
    const args = [tool, "mcp", ...words];
    await agent.client.connect(new StdioClientTransport({ command: process.execPath, args, cwd, env }));
    return agent;
  }

  async ask(name: string, given: Readonly<Record<string, unknown>> = {}): Promise<Said> {
    const result = await this.client.callTool({ name, arguments: given }, undefined, { timeout: 300_000 });
    const [first] = result.content as readonly { readonly text: string }[];
    return { text: first!.text, isError: result.isError === true };
  }

  /** The handle that an answer gives. */
  async handle(name: string, given: Readonly<Record<string, unknown>>): Promise<string> {
    const { text } = await this.ask(name, given);
    const found = /^((?:profile|trace)-\d+): /m.exec(text)?.[1];
    if (found === undefined) throw new Error(text);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

/** The report in an answer: what stands below the empty line. */
export function reportOf(text: string): string {
  return text.slice(text.indexOf("\n\n") + 2);
}
