import type { IncomingMessage, ServerResponse } from "node:http";
import { type MountOptions, mount } from "../program/mount.ts";
import { nodeRequest } from "./http.ts";

/** What this uses of a request and a reply of Fastify 5. */
interface FastifyRequest {
  readonly raw: IncomingMessage;
  readonly url: string;
  readonly ip: string;
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
  /** With `handlerTimeout`, where this Fastify knows it. */
  readonly initialConfig: object;
  /** Those of its own, and what the application has added. */
  readonly supportedMethods?: readonly string[];
  // Of the scope Fastify's types say more than they do of `app`.
  register(plugin: (scope: object) => Promise<void>): unknown;
  removeAllContentTypeParsers(): void;
  addContentTypeParser(
    type: string,
    parse: (request: unknown, payload: unknown, done: (error: null, body: undefined) => void) => void,
  ): void;
  route(route: {
    method: string[];
    url: string;
    handlerTimeout?: number;
    handler: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  }): void;
}

/** The longest time that a timer of Node's takes. */
const LONGEST_MILLIS = 2 ** 31 - 1;

/**
 * A plugin for Fastify 5: `app.register(pprof)` serves `/debug/pprof/`, `app.register(pprof, { prefix: "/model/dev/pprof" })`
 * that path.
 */
export async function pprof(app: FastifyInstance, options: MountOptions = {}): Promise<void> {
  // Fastify takes the prefix of the options to itself, and gives the whole of it here.
  const mountedAt = app.prefix === "" ? "/debug/pprof" : app.prefix;
  // Of every plugin: they are Fastify's own.
  const {
    logLevel: _,
    logSerializers: __,
    ...own
  } = options as MountOptions & Partial<Record<"logLevel" | "logSerializers", unknown>>;
  const answer = mount({ ...own, prefix: mountedAt });
  const { handlerTimeout = 0 } = app.initialConfig as { readonly handlerTimeout?: number };
  const base = app.prefix === "" ? mountedAt : "";
  // A scope of its own: bodies are read here, with the limits that they have everywhere else, and by no parser of the program.
  app.register(async (inner) => {
    const scope = inner as FastifyInstance;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, _payload, done) => done(null, undefined));
    for (const url of [base, `${base}/*`]) {
      scope.route({
        // All that this Fastify knows: what is not served is refused here, as everywhere.
        method: [...(app.supportedMethods ?? ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])],
        url: url || "/",
        // A capture takes as long as it was asked to: what the application waits for its own handlers is not for it.
        ...(handlerTimeout > 0 ? { handlerTimeout: LONGEST_MILLIS } : {}),
        handler: async ({ raw, url: asked }, reply) => {
          const found = await answer(nodeRequest(raw, reply.raw, asked));
          if (found === undefined) return reply.callNotFound();
          return reply.code(found.status).headers(found.headers).send(found.body);
        },
      });
    }
  });
}
