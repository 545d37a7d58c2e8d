import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ToolError } from "../error.ts";
import { isLoopback, whyForbidden } from "../pages/forbidden.ts";
import { listen, splitAddress } from "../pages/listen.ts";
import type { Desk } from "./desk.ts";
import { agentServer } from "./server.ts";

export const MCP_PATH = "/mcp";

/** Serves agents of this machine, and nobody else; the address that they ask. */
export async function serveHttp(address: string, desk: Desk): Promise<string> {
  const { host, port } = splitAddress(address);
  if (!isLoopback(host)) {
    throw new ToolError(
      `invalid -http ${JSON.stringify(address)}: agents of this machine alone are served, at localhost:PORT; ssh -L brings others here`,
    );
  }
  const known = { host, names: new Set([host]) };
  const server = createServer((request, response) => {
    const forbidden = whyForbidden(request, known);
    if (forbidden !== undefined) refuse(response, 403, forbidden);
    else if (request.url?.split("?")[0] !== MCP_PATH) refuse(response, 404, `agents are served at ${MCP_PATH}`);
    else if (request.method !== "POST")
      refuse(response, 405, "each question is a POST, and its answer is the answer", { allow: "POST" });
    else void answer(request, response, desk);
  });
  await listen(server, host, port);
  const actual = (server.address() as AddressInfo).port;
  return `http://${host.includes(":") ? `[${host}]` : host}:${actual}${MCP_PATH}`;
}

/** Each request stands alone, so that there are no sessions to be lost, found out or piled up. */
async function answer(request: IncomingMessage, response: ServerResponse, desk: Desk): Promise<void> {
  const server = agentServer(desk);
  const transport = new StreamableHTTPServerTransport({});
  // Whoever hangs up has what was asked for ended.
  response.on("close", () => void server.close());
  try {
    // The SDK's own class, with optional properties that its interface has not as undefined.
    await server.connect(transport as Transport);
    await transport.handleRequest(request, response);
  } catch {
    if (!response.headersSent) refuse(response, 500, "the request could not be answered");
    else response.destroy();
  }
}

function refuse(
  response: ServerResponse,
  status: number,
  why: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "x-content-type-options": "nosniff",
    ...headers,
  });
  response.end(`${why}\n`);
}
