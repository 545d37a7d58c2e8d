import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import {
  CallToolRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  type ServerNotification,
  type ServerRequest,
} from "@modelcontextprotocol/sdk/types.js";
import { messageOf, ToolError } from "../error.ts";
import { toolVersion } from "../help/version.ts";
import { printable } from "../host/terminal/printable.ts";
import { nearest } from "../words/nearest.ts";
import type { Asker, Desk } from "./desk.ts";
import { readValues, schemaOf } from "./parameter.ts";
import { INSTRUCTIONS, WHY_SLOW, whySlowText } from "./prompt.ts";
import { readResource, resources } from "./resources.ts";
import { TOOLS } from "./tools.ts";

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** A server of the protocol, for one connection; what is opened is the desk's. */
export function agentServer(desk: Desk): Server {
  const server = new Server(
    { name: "pprof", title: "pprof", version: toolVersion() },
    { capabilities: { tools: {}, resources: {}, prompts: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: TOOLS.map(({ name, help, parameters, isLive = false }) => ({
      name,
      description: help,
      inputSchema: schemaOf(parameters),
      annotations: { readOnlyHint: !isLive, destructiveHint: false, openWorldHint: isLive },
    })),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
    try {
      const text = await call(params.name, params.arguments ?? {}, desk, askerOf(extra));
      return { content: [{ type: "text", text }] };
    } catch (error) {
      // Whoever asked can ask in another way: the sentence says how.
      return { content: [{ type: "text", text: printable(messageOf(error)) }], isError: true };
    }
  });
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: resources(desk) }));
  server.setRequestHandler(ReadResourceRequestSchema, async ({ params: { uri } }, extra) => {
    try {
      return { contents: [{ uri, mimeType: "text/markdown", text: await readResource(uri, desk, askerOf(extra)) }] };
    } catch (error) {
      throw new McpError(ErrorCode.InvalidParams, printable(messageOf(error)));
    }
  });
  server.setRequestHandler(ListPromptsRequestSchema, () => ({
    prompts: [{ ...WHY_SLOW, arguments: [...WHY_SLOW.arguments] }],
  }));
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => {
    if (params.name !== WHY_SLOW.name) {
      throw new McpError(
        ErrorCode.InvalidParams,
        `unknown prompt ${JSON.stringify(params.name)}: there is ${WHY_SLOW.name}`,
      );
    }
    const text = whySlowText(params.arguments ?? {});
    return { description: WHY_SLOW.description, messages: [{ role: "user", content: { type: "text", text } }] };
  });
  return server;
}

async function call(name: string, given: Readonly<Record<string, unknown>>, desk: Desk, asker: Asker): Promise<string> {
  const tool = TOOLS.find((row) => row.name === name);
  if (tool !== undefined) return await tool.call(readValues(name, tool.parameters, given), desk, asker);
  const names = TOOLS.map((row) => row.name);
  const meant = nearest(name, names);
  const hint = meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`;
  throw new ToolError(`unknown tool ${JSON.stringify(name.slice(0, 100))}: ${hint}`);
}

/** Clients that say so are told each second that the work goes on, so that they wait. */
function askerOf({ signal, _meta, sendNotification }: Extra): Asker {
  const progressToken = _meta?.progressToken;
  return {
    signal,
    progress(seconds) {
      if (progressToken === undefined) return;
      const progress = Math.round(seconds);
      const params = { progressToken, progress, message: `recording for ${progress} s` };
      sendNotification({ method: "notifications/progress", params }).catch(() => {
        // The client is gone: its signal ends the work.
      });
    },
  };
}
