// A service with the profiles in it, below a path of its own, in one of the frameworks: node mounted.mjs NAME
import { once } from "node:events";
import { createServer } from "node:http";
import { serve } from "@hono/node-server";
import { handler } from "@pprof-ts/runtime";
import { pprof as forExpress } from "@pprof-ts/runtime/express";
import { pprof as forFastify } from "@pprof-ts/runtime/fastify";
import { pprof as forHono } from "@pprof-ts/runtime/hono";
import { pprof as forHttp } from "@pprof-ts/runtime/http";
import { pprof as forKoa } from "@pprof-ts/runtime/koa";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";

const port = Number(process.env.PORT ?? 8080);
const hostname = "localhost";

const frameworks = {
  wrong: () => {
    const app = express();
    app.get("/model/dev/pprof", forExpress());
    return app.listen(port, hostname);
  },
  http: () => {
    const own = (_, response) => response.end("own");
    return createServer(forHttp({ prefix: "/model/dev/pprof" }, own)).listen(port, hostname);
  },
  express: () => {
    const app = express();
    app.use("/model/dev/pprof", forExpress());
    return app.listen(port, hostname);
  },
  fastify: () => {
    const app = fastify();
    app.register(forFastify, { prefix: "/model/dev/pprof" });
    return app.listen({ port, host: hostname });
  },
  koa: () => {
    const app = new Koa();
    app.use(forKoa({ prefix: "/model/dev/pprof" }));
    return app.listen(port, hostname);
  },
  hono: () => {
    const app = new Hono();
    app.all("/model/dev/pprof/*", forHono());
    return serve({ fetch: app.fetch, port, hostname });
  },
  fetch: () => {
    const profiles = handler({ prefix: "/model/dev/pprof" });
    return serve({ fetch: profiles, port, hostname });
  },
};

const server = await frameworks[process.argv[2]]();
if (server.listening === false) await once(server, "listening");
console.log(`listening on http://${hostname}:${port}`);
