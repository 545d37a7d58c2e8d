import { early } from "./early.ts";

/** What Node tells on one of its channels, as far as it is noted. Its objects are the program's as well, and may be anything. */
export interface Told {
  readonly request?: object;
  readonly response?: object;
}

/** What is noted of it. A request is known by its response, a call of another server by its request. */
export interface Noting {
  request(response: object, text: string): void;
  answered(response: object, status: number, route: string): void;
  call(request: object, text: string): void;
  /** A status has come, and the rest will. */
  answeredBy(request: object, status: number): void;
  /** `status`: 0 where it was given up, undefined for the one that has come before. */
  called(request: object, status: number | undefined): void;
  happened(what: string): void;
}

export interface Channel {
  readonly name: string;
  note(noting: Noting, told: Told): void;
}

const { hasOwn, apply, indexIn, sliceOf } = early;

/** What Node tells of on channels of its own: none costs anything while nobody listens. */
export const CHANNELS: readonly Channel[] = [
  {
    name: "http.server.request.start",
    note(noting, { request, response }) {
      noting.request(response!, `${textOf(request, "method")} ${textOf(request, "url")}`);
    },
  },
  {
    name: "http.server.response.finish",
    note(noting, { request, response }) {
      noting.answered(response!, numberOf(response, "statusCode"), routeOf(request));
    },
  },
  {
    name: "http.client.request.start",
    note(noting, { request }) {
      noting.call(request!, `${textOf(request, "method")} ${hostOf(request)}${textOf(request, "path")}`);
    },
  },
  {
    name: "http.client.response.finish",
    note: (noting, { request, response }) => noting.called(request!, numberOf(response, "statusCode")),
  },
  { name: "http.client.request.error", note: (noting, { request }) => noting.called(request!, 0) },
  {
    name: "undici:request:create",
    note(noting, { request }) {
      const origin = textOf(request, "origin");
      // Without the protocol, as the others are.
      const host = sliceOf(origin, indexIn(origin, "//") < 0 ? 0 : indexIn(origin, "//") + 2);
      noting.call(request!, `${textOf(request, "method")} ${host}${textOf(request, "path")}`);
    },
  },
  {
    name: "undici:request:headers",
    note: (noting, { request, response }) => noting.answeredBy(request!, numberOf(response, "statusCode")),
  },
  { name: "undici:request:trailers", note: (noting, { request }) => noting.called(request!, undefined) },
  { name: "undici:request:error", note: (noting, { request }) => noting.called(request!, 0) },
  { name: "net.client.socket", note: (noting) => noting.happened("a socket connects") },
  { name: "net.server.socket", note: (noting) => noting.happened("a connection has come") },
  { name: "worker_threads", note: (noting) => noting.happened("a worker is made") },
  { name: "child_process", note: (noting) => noting.happened("a child process is made") },
];

/** A property of its own: of what all objects are made to have nothing is read. */
function ownOf(object: unknown, name: string): unknown {
  if (typeof object !== "object" || object === null || !hasOwn(object, name)) return undefined;
  return (object as Readonly<Record<string, unknown>>)[name];
}

function textOf(object: unknown, name: string): string {
  const value = ownOf(object, name);
  return typeof value === "string" ? value : "";
}

function numberOf(object: unknown, name: string): number {
  const value = ownOf(object, name);
  return typeof value === "number" ? value : 0;
}

/** With its port, which only the header has. */
function hostOf(request: unknown): string {
  const { getHeader } = request as { readonly getHeader?: unknown };
  const host = typeof getHeader === "function" ? apply(getHeader, request, ["host"]) : undefined;
  return typeof host === "string" ? host : textOf(request, "host");
}

/** As Express and those like it leave it on the request: where the router is mounted, and the path of its route. */
function routeOf(request: unknown): string {
  const path = textOf(ownOf(request, "route"), "path");
  return path === "" ? "" : `${textOf(request, "method")} ${textOf(request, "baseUrl")}${path}`;
}
