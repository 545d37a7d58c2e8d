import type { IncomingMessage, ServerResponse } from "node:http";
import { type MountOptions, mount } from "../mount.ts";
import { nodeRequest } from "./http.ts";

/** What this uses of a request and a reply of Fastify 5. */
interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly url: string;
  readonly ip: string;
  readonly body: unknown;
}

interface FastifyReply {
  readonly raw: ServerResponse;
  code(status: number): FastifyReply;
  headers(headers: Record<string, string>): FastifyReply;
  send(body: unknown): FastifyReply;
  callNotFound(): void;
}

interface FastifyInstance {
  readonly prefix: string;
  addContentTypeParser(
    type: string,
    options: { parseAs: "string" },
    parse: (request: unknown, body: string, done: (error: null, body: string) => void) => void,
  ): void;
  route(route: {
    method: string[];
    url: string;
    handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  }): void;
}

/**
 * A plugin for Fastify 5: `app.register(pprof)` serves `/debug/pprof/`, `app.register(pprof, { prefix: "/model/dev/pprof" })`
 * that path.
 */
export async function pprof(app: FastifyInstance, options: MountOptions = {}): Promise<void> {
  // Fastify takes the prefix of the options to itself, and gives the whole of it here.
  const mountedAt = app.prefix === "" ? "/debug/pprof" : app.prefix;
  const answer = mount({ ...options, prefix: mountedAt });
  app.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  const base = app.prefix === "" ? mountedAt : "";
  for (const url of [base, `${base}/*`]) {
    app.route({
      method: ["GET", "HEAD", "POST"],
      url: url || "/",
      handler: async ({ raw, url: asked, body }, reply) => {
        const found = await answer(nodeRequest(raw, reply.raw, asked, undefined, body ?? ""));
        if (found === undefined) return reply.callNotFound();
        return reply.code(found.status).headers(found.headers).send(found.body);
      },
    });
  }
}
