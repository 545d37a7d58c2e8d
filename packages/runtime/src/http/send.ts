import type { IncomingMessage, ServerResponse } from "node:http";
import { type Answer, safe } from "./call.ts";

/** Sends an answer, unless somebody has answered already; what cannot be sent ends this connection, and nothing else. */
export function send(answer: Answer, request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent || response.writableEnded || response.destroyed) return;
  try {
    const { status, headers, body } = safe(answer);
    response.writeHead(status, headers);
    response.end(request.method === "HEAD" ? undefined : body);
  } catch {
    response.destroy();
  }
}

/** The headers of a request, and none that it has from the prototype of all objects. */
export function headerOf({ headers }: IncomingMessage): (name: string) => string | undefined {
  return (name) => (Object.hasOwn(headers, name) ? headers[name]?.toString() : undefined);
}

/** The `Host` of a request; of one that has several, all of them, which is the name of none. */
export function hostOf({ rawHeaders }: IncomingMessage): string | undefined {
  const isHost = (at: number): boolean => at % 2 === 0 && /^(host|:authority)$/i.test(rawHeaders[at] ?? "");
  const hosts = new Set(rawHeaders.filter((_, at) => isHost(at - 1)));
  return hosts.size === 0 ? undefined : [...hosts].join(", ");
}
